/** The journeys that are walked to prove the demo, and to the cent what must then be in the networks' books. */
export interface Journey {
  readonly title: string;
  /** Which of the front page's links the shopper follows; without one, nobody sent the shopper. */
  readonly arrival?: { readonly network: "Retrack" | "ShopBack"; readonly way: string };
  /** Where the shopper must be once arrived, before anything is bought. */
  readonly landsOn: string;
  /** Quantities by product. The first is the one the shopper landed on. */
  readonly buys: readonly (readonly [sku: string, quantity: number])[];
  readonly voucher?: string;
  /** What the network must have recorded, but for the click and the order's number; nothing where nobody is credited. */
  readonly recorded?: Readonly<Record<string, unknown>>;
  /** The same in short. */
  readonly inShort: string;
}

const event = "1f80e399-6f55-4cef-b8b0-0f74752c1ceb";

export const journeys: readonly Journey[] = [
  {
    title: "Retrack, redirect page",
    arrival: { network: "Retrack", way: "redirect page" },
    landsOn: "/products/stoneware-mug",
    buys: [["stoneware-mug", 1]],
    inShort: "100.00 SEK + 25.00 SEK VAT",
    recorded: {
      event,
      orderSum: 10000,
      vatSum: 2500,
      currency: "SEK",
      products: [{ event, reference: "stoneware-mug", quantity: 1, name: "Stoneware mug", price: 10000, vat: 2500 }],
    },
  },
  {
    title: "Retrack, straight to the product, with a voucher",
    arrival: { network: "Retrack", way: "straight to the product" },
    landsOn: "/products/beeswax-candles",
    buys: [
      ["beeswax-candles", 3],
      ["tea-towels", 1],
    ],
    voucher: "LAGOM10",
    inShort: "269.28 SEK + 67.32 SEK VAT",
    recorded: {
      event,
      orderSum: 26928,
      vatSum: 6732,
      currency: "SEK",
      discountSum: 2992,
      // Three candles for 125 kr: 10000 and 2500 do not divide by three, so one of them is told a little dearer.
      products: [
        { event, reference: "beeswax-candles", quantity: 1, name: "Beeswax candle", price: 3334, vat: 834 },
        { event, reference: "beeswax-candles", quantity: 2, name: "Beeswax candle", price: 3333, vat: 833 },
        { event, reference: "tea-towels", quantity: 1, name: "Linen tea towels", price: 19920, vat: 4980 },
      ],
    },
  },
  {
    title: "Retrack, redirect page by script",
    arrival: { network: "Retrack", way: "redirect page, by script" },
    landsOn: "/products/serving-board",
    buys: [["serving-board", 2]],
    inShort: "632.00 SEK + 158.00 SEK VAT",
    recorded: {
      event,
      orderSum: 63200,
      vatSum: 15800,
      currency: "SEK",
      products: [
        { event, reference: "serving-board", quantity: 2, name: "Oak serving board", price: 31600, vat: 7900 },
      ],
    },
  },
  {
    title: "ShopBack in ringgit, with a voucher",
    arrival: { network: "ShopBack", way: "in ringgit" },
    landsOn: "/products/coffee-pot",
    buys: [
      ["coffee-pot", 1],
      ["glass-vase", 1],
    ],
    voucher: "LAGOM10",
    inShort: "343.71 MYR",
    recorded: { offer_id: "1234", adv_sub5: "MYR", amount: "343.71" },
  },
  {
    title: "ShopBack in yen",
    arrival: { network: "ShopBack", way: "in yen" },
    landsOn: "/products/wooden-bird",
    buys: [
      ["wooden-bird", 1],
      ["stoneware-mug", 1],
    ],
    inShort: "4960 JPY",
    recorded: { offer_id: "1234", adv_sub5: "JPY", amount: "4960" },
  },
  {
    title: "From nowhere",
    landsOn: "/products/wool-throw",
    buys: [["wool-throw", 1]],
    inShort: "nothing",
  },
];
