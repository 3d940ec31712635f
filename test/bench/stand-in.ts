import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./stand-in-process.ts", import.meta.url));

/** A network in a process of its own, so that it takes none of our thread's time. It answers after so long. */
export async function standIn(answerMs: number): Promise<{ url: string; close: () => void }> {
  const child = fork(script, [String(answerMs)]);
  const [port] = await once(child, "message");
  return { url: `http://127.0.0.1:${port}`, close: () => child.disconnect() };
}
