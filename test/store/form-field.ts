import type { Request } from "express";

/** A field of the form that was sent; empty where there is none. */
export function fieldIn(req: Request, name: string): string {
  const value: unknown = req.body?.[name];
  return typeof value === "string" ? value : "";
}
