import type { Money } from "@cashtrail/collector";

export type Currency = "SEK" | "MYR" | "JPY";

/** A price in each currency, in minor units. */
export type Price = Readonly<Record<Currency, Money>>;

export interface Product {
  /** Its place in URLs, its picture's name and its SKU. */
  readonly sku: string;
  readonly name: string;
  readonly category: "Table" | "Textiles" | "Home";
  readonly summary: string;
  readonly description: string;
  readonly facts: readonly string[];
  /** What the picture shows. */
  readonly picture: string;
  readonly price: Price;
  /** So many of it together have a price of their own. */
  readonly bundle?: { readonly quantity: number; readonly price: Price };
}

export const shop = { name: "Tallvik", promise: "Useful things for slow mornings" };

/** How each currency is written, and what its VAT is called. Prices include it. */
export const currencies: Readonly<
  Record<Currency, { locale: string; minorUnits: number; country: string; tax: string }>
> = {
  SEK: { locale: "en-SE", minorUnits: 100, country: "Sweden", tax: "25% VAT" },
  MYR: { locale: "en-MY", minorUnits: 100, country: "Malaysia", tax: "10% sales tax" },
  JPY: { locale: "en-JP", minorUnits: 1, country: "Japan", tax: "10% consumption tax" },
};

export const shipping: Price = {
  SEK: { net: 3920, vat: 980 },
  MYR: { net: 1364, vat: 136 },
  JPY: { net: 545, vat: 55 },
};

export const voucher = { code: "LAGOM10", percent: 10 };

export const mostOfOneProduct = 20;

export const products: readonly Product[] = [
  {
    sku: "stoneware-mug",
    name: "Stoneware mug",
    category: "Table",
    summary: "Thrown by hand, glazed in oat",
    description:
      "A mug with a little weight to it, so that you hold it in both hands. The foot is left unglazed: you can see and feel the clay it is made of, and no two are quite alike.",
    facts: ["30 cl, 9 cm tall", "Stoneware, food-safe oat glaze", "Dishwasher and microwave"],
    picture: "A speckled, cream-glazed mug of coffee with a bare clay foot",
    price: { SEK: { net: 10000, vat: 2500 }, MYR: { net: 5000, vat: 500 }, JPY: { net: 1800, vat: 180 } },
  },
  {
    sku: "coffee-pot",
    name: "Enamel coffee pot",
    category: "Table",
    summary: "For the stove, the fire and the table",
    description:
      "The pot that stood on every kitchen stove along the coast. Boil the coffee in it, let the grounds sink, pour. The birch knob stays cool; the enamel does not mind an open fire.",
    facts: ["1.2 litres, eight small cups", "Steel in two coats of midnight-blue enamel", "Any hob, induction too"],
    picture: "A midnight-blue enamel coffee pot with a birch knob",
    price: { SEK: { net: 43920, vat: 10980 }, MYR: { net: 21727, vat: 2173 }, JPY: { net: 7800, vat: 780 } },
  },
  {
    sku: "beeswax-candles",
    name: "Beeswax candle",
    category: "Home",
    summary: "Dipped, not moulded. Burns for nine hours",
    description:
      "Pure beeswax, dipped some thirty times until it has its taper. It burns slowly, hardly drips and smells faintly of honey. One is a candle, three are an evening.",
    facts: ["24 cm, nine hours", "Pure beeswax, cotton wick", "Fits a 22 mm candlestick"],
    picture: "Three lit beeswax candles in brass candlesticks",
    price: { SEK: { net: 3920, vat: 980 }, MYR: { net: 2000, vat: 200 }, JPY: { net: 700, vat: 70 } },
    bundle: {
      quantity: 3,
      price: { SEK: { net: 10000, vat: 2500 }, MYR: { net: 5000, vat: 500 }, JPY: { net: 1745, vat: 175 } },
    },
  },
  {
    sku: "wool-throw",
    name: "Spruce wool throw",
    category: "Textiles",
    summary: "Lambswool in spruce, cream and rust",
    description:
      "Warm enough for the jetty in October, light enough for the sofa. Woven from lambswool in a check that has been in the mill's pattern book since 1921, and brushed twice.",
    facts: ["130 × 180 cm, with fringes", "100% lambswool", "Air it; wash it by hand when you must"],
    picture: "A folded wool throw in a green, cream and rust check on a bench",
    price: { SEK: { net: 103200, vat: 25800 }, MYR: { net: 50818, vat: 5082 }, JPY: { net: 18000, vat: 1800 } },
  },
  {
    sku: "serving-board",
    name: "Oak serving board",
    category: "Table",
    summary: "One piece of oak, oiled three times",
    description:
      "Cut from a single plank, so there is no glue to give way. For the loaf on weekdays and the cheese on Fridays. Oil it now and then, and it will outlive the table.",
    facts: ["22 × 44 cm", "Solid oak, linseed oil", "Wipe clean, never soak"],
    picture: "An oak serving board with a loaf of bread and a knife",
    price: { SEK: { net: 31600, vat: 7900 }, MYR: { net: 15445, vat: 1545 }, JPY: { net: 5436, vat: 544 } },
  },
  {
    sku: "tea-towels",
    name: "Linen tea towels",
    category: "Textiles",
    summary: "Two of them: one striped, one rust",
    description:
      "Linen that dries a whole dinner's glasses without leaving a hair, and grows softer with every wash. Hemmed with a loop, because a tea towel belongs on a peg.",
    facts: ["Two, each 50 × 70 cm", "100% European linen", "60 °C"],
    picture: "A striped and a rust-red linen tea towel on a row of pegs",
    price: { SEK: { net: 19920, vat: 4980 }, MYR: { net: 9909, vat: 991 }, JPY: { net: 3500, vat: 350 } },
  },
  {
    sku: "glass-vase",
    name: "Blown glass vase",
    category: "Home",
    summary: "Sea green, for one good branch",
    description:
      "Mouth-blown, so the green is deeper where the glass is thicker. The narrow neck holds up a single branch of birch, and makes a bunch from the roadside look meant.",
    facts: ["19 cm tall", "Mouth-blown, recycled glass", "Rinse by hand"],
    picture: "A sea-green glass vase with two leafy birch branches",
    price: { SEK: { net: 26320, vat: 6580 }, MYR: { net: 12991, vat: 1299 }, JPY: { net: 4536, vat: 454 } },
  },
  {
    sku: "wooden-bird",
    name: "Wooden wren",
    category: "Home",
    summary: "Turned in beech, winged in walnut",
    description:
      "A wren for the window sill, turned on the lathe from what was left of larger things. The head is not glued on: turn it, and the wren looks the other way.",
    facts: ["8 cm tall", "Beech and walnut, beeswax", "Keeps quiet at night"],
    picture: "A round wooden bird with a walnut wing and tail",
    price: { SEK: { net: 15600, vat: 3900 }, MYR: { net: 7718, vat: 772 }, JPY: { net: 2709, vat: 271 } },
  },
];

export function productOf(sku: string | undefined): Product | undefined {
  return products.find((product) => product.sku === sku);
}

export function isCurrency(text: unknown): text is Currency {
  return typeof text === "string" && Object.hasOwn(currencies, text);
}
