import { fileURLToPath } from "node:url";
import type { Collector } from "@cashtrail/collector";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import type { Arrival } from "./arrival.ts";
import { type Bill, billOf, gross, written } from "./cart.ts";
import { type Currency, isCurrency, mostOfOneProduct, productOf, voucher } from "./catalogue.ts";
import { createDesk } from "./desk.ts";
import { fieldIn } from "./form-field.ts";
import type { Frame } from "./frame.ts";
import { cartPage } from "./pages/cart.ts";
import { checkoutPage } from "./pages/checkout.ts";
import { frontPage } from "./pages/front.ts";
import { problemPage } from "./pages/problem.ts";
import { productPage } from "./pages/product.ts";
import { thankYouPage } from "./pages/thank-you.ts";
import type { PlacedOrder } from "./placed-order.ts";
import { cookieIn, createSessions, type Session, setCookie } from "./session.ts";
import { type Address, addressIn, madeUp } from "./shopper.ts";

export interface StoreParts {
  readonly cashtrail: Collector;
  /** Where placed orders are kept, by number. */
  readonly orders: Map<string, PlacedOrder>;
  /** The links that bring a shopper here from a network. */
  readonly arrivals: readonly Arrival[];
  /** Where people read what the networks recorded. */
  readonly book: string;
  /** Told what the shopper does, in words, and the response to it. */
  readonly onStep: (step: string, response: Response) => void;
  /** Told what is done at the returns desk. */
  readonly onDeskStep: (step: string) => void;
}

const FILES = fileURLToPath(new URL("public", import.meta.url));

// Cashtrail's script needs nothing but 'self', and the redirects a form leads to are the store's own.
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A small shop: catalogue, cart, checkout, returns desk, and Cashtrail as its README says. */
export function createStore({ cashtrail, orders, arrivals, book, onStep, onDeskStep }: StoreParts): Express {
  const sessions = createSessions();
  const app = express();
  app.disable("x-powered-by");
  app.use((_req, res, next) => {
    res.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    next();
  });
  // Before `remember`: /retrack-script is the redirect page of a store whose server does not see the shopper land.
  app.use(express.static(FILES, { index: false, extensions: ["html"] }));

  app.use(cashtrail.remember);
  app.get("/retrack", cashtrail.redirect);
  app.use("/cashtrail", cashtrail.router);

  app.use(express.urlencoded({ extended: false, limit: "10kb" }));
  app.use((req, res, next) => {
    res.setHeader("Cache-Control", "no-store");
    if (isCurrency(req.query.currency)) setCookie(res, "currency", req.query.currency);
    next();
  });

  app.get("/", (req, res) => {
    onStep("looks at the front page", res);
    res.send(frontPage(frameOf(req), arrivals));
  });

  app.get("/products/:sku", (req, res, next) => {
    const product = productOf(req.params.sku);
    if (!product) return next();
    const frame = frameOf(req);
    onStep(`looks at ${product.name}, ${written(gross(product.price[frame.currency]), frame.currency)}`, res);
    res.send(productPage(frame, product));
  });

  app.get("/cart", (req, res) => {
    res.send(cartPage(frameOf(req), billFor(req)));
  });

  app.post("/cart", (req, res) => {
    const product = productOf(fieldIn(req, "sku"));
    const quantity = quantityIn(req);
    if (product && quantity) {
      const { quantities } = sessions.open(req, res);
      quantities.set(product.sku, Math.min((quantities.get(product.sku) ?? 0) + quantity, mostOfOneProduct));
      onStep(`puts ${quantity} × ${product.name} in the cart`, res);
    }
    res.redirect(303, "/cart");
  });

  app.post("/cart/:sku", (req, res) => {
    const product = productOf(req.params.sku);
    const quantity = quantityIn(req);
    const quantities = sessions.of(req)?.quantities;
    if (!product || quantity === undefined || !quantities?.has(product.sku)) return res.redirect(303, "/cart");
    if (quantity === 0) quantities.delete(product.sku);
    else quantities.set(product.sku, quantity);
    onStep(quantity === 0 ? `takes ${product.name} out of the cart` : `wants ${quantity} × ${product.name}`, res);
    res.redirect(303, "/cart");
  });

  app.post("/voucher", (req, res) => {
    const code = fieldIn(req, "code").trim();
    const session = sessions.open(req, res);
    session.hasVoucher = code.toUpperCase() === voucher.code;
    if (session.hasVoucher) onStep(`uses the voucher ${voucher.code}`, res);
    if (session.hasVoucher || !code) return res.redirect(303, "/cart");
    res.status(422).send(cartPage({ ...frameOf(req), path: "/cart" }, billFor(req), code));
  });

  app.get("/checkout", (req, res) => {
    const bill = billFor(req);
    if (bill.lines.length === 0) return res.redirect(303, "/cart");
    const frame = frameOf(req);
    onStep("goes to the checkout", res);
    res.send(checkoutPage(frame, bill, madeUp[frame.currency]));
  });

  app.post("/checkout", async (req, res) => {
    const session = sessions.of(req);
    const bill = billFor(req);
    if (!session || bill.lines.length === 0) return res.redirect(303, "/cart");
    const { address, problems } = addressIn(req.body);
    if (Object.keys(problems).length > 0)
      return res.status(422).send(checkoutPage(frameOf(req), bill, address, problems));
    const placed = placeOrder(session, bill, currencyOf(req), address);
    onStep(`places order ${placed.order.number}: ${written(gross(bill.total), placed.currency)} with shipping`, res);
    placed.cashback = await cashtrail.report(req, placed.order);
    res.redirect(303, `/thank-you/${placed.order.number}`);
  });

  app.get("/thank-you/:number", (req, res, next) => {
    const placed = orders.get(req.params.number);
    // Order numbers can be guessed: an order is shown to the one who placed it.
    if (!placed || !sessions.of(req)?.orders.has(placed.order.number)) return next();
    res.send(thankYouPage(frameOf(req), placed));
  });

  app.use("/desk", createDesk({ cashtrail, orders, sessions, frameOf, onStep: onDeskStep }));

  app.use((req, res) => {
    res.status(404).send(problemPage({ ...frameOf(req), path: "/" }, "There is nothing here"));
  });

  app.use((error: { status?: number }, req: Request, res: Response, _next: NextFunction) => {
    const { status = 500 } = error;
    if (status >= 500) console.error(error);
    const title = status >= 500 ? "Something of ours broke" : "We could not read that";
    res.status(status).send(problemPage({ ...frameOf(req), path: "/" }, title));
  });

  function frameOf(req: Request): Frame {
    const inCart = [...(sessions.of(req)?.quantities.values() ?? [])].reduce((sum, quantity) => sum + quantity, 0);
    return { currency: currencyOf(req), path: req.path, inCart, book };
  }

  function billFor(req: Request): Bill {
    return billOf(sessions.of(req) ?? { quantities: new Map(), hasVoucher: false }, currencyOf(req));
  }

  /** The cart becomes an order. It is emptied at once, so that a form that is sent twice orders once. */
  function placeOrder(session: Session, bill: Bill, currency: Currency, address: Address): PlacedOrder {
    const { lines, discount } = bill;
    const placed: PlacedOrder = {
      order: {
        number: String(1001 + orders.size),
        currency,
        lines: [...lines],
        ...(discount && { discount, vouchers: [voucher.code] }),
        placedAt: new Date(),
      },
      bill,
      currency,
      address,
      returned: new Set(),
      isClosed: false,
    };
    orders.set(placed.order.number, placed);
    session.orders.add(placed.order.number);
    session.quantities.clear();
    session.hasVoucher = false;
    return placed;
  }

  return app;
}

function currencyOf(req: Request): Currency {
  const wanted = [req.query.currency, cookieIn(req, "currency")].find(isCurrency);
  return wanted ?? "SEK";
}

function quantityIn(req: Request): number | undefined {
  const text = fieldIn(req, "quantity");
  return /^\d{1,3}$/.test(text) ? Math.min(Number(text), mostOfOneProduct) : undefined;
}
