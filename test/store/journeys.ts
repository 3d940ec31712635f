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
  /** Whether the network is too busy to take anything until the desk is done. */
  readonly whileBusy?: true;
  /** What is done with the order at the returns desk. */
  readonly desk?: readonly Press[];
  /** Pressed after that, on a page from before it. */
  readonly tooLate?: Press;
  /** What the network must have in the end, but for the click and the order's number; without it, nothing. */
  readonly recorded?: Readonly<Record<string, unknown>>;
  /** How the network must have been told; without it, with one postback, delivered at once. */
  readonly postbacks?: readonly string[];
  /** The same in short. */
  readonly inShort: string;
}

/** A button of the returns desk, and what is said then, where N is the order's number. */
export interface Press {
  readonly presses: string;
  readonly says: string;
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
      status: "pending",
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
      status: "pending",
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
      status: "pending",
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
    recorded: { status: "pending", validations: [], offer_id: "1234", adv_sub5: "MYR", amount: "343.71" },
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
    recorded: { status: "pending", validations: [], offer_id: "1234", adv_sub5: "JPY", amount: "4960" },
  },
  {
    title: "From nowhere",
    landsOn: "/products/wool-throw",
    buys: [["wool-throw", 1]],
    inShort: "nothing",
    postbacks: [],
  },
  {
    title: "Retrack, one line of three returned",
    arrival: { network: "Retrack", way: "straight to the product" },
    landsOn: "/products/beeswax-candles",
    buys: [
      ["beeswax-candles", 3],
      ["stoneware-mug", 1],
      ["wooden-bird", 1],
    ],
    voucher: "LAGOM10",
    desk: [
      {
        presses: "Return Stoneware mug",
        says: "Returned: 1 × Stoneware mug. Retrack is told what is left of the order.",
      },
    ],
    inShort: "230.40 SEK + 57.60 SEK VAT",
    recorded: {
      status: "pending",
      event,
      orderSum: 23040,
      vatSum: 5760,
      currency: "SEK",
      // A tenth of what is left: the mug took its share of the voucher with it.
      discountSum: 2560,
      products: [
        { event, reference: "beeswax-candles", quantity: 1, name: "Beeswax candle", price: 3334, vat: 834 },
        { event, reference: "beeswax-candles", quantity: 2, name: "Beeswax candle", price: 3333, vat: 833 },
        { event, reference: "wooden-bird", quantity: 1, name: "Wooden wren", price: 15600, vat: 3900 },
      ],
    },
    postbacks: ["create delivered", "update delivered"],
  },
  {
    title: "Retrack, returned whole",
    arrival: { network: "Retrack", way: "redirect page" },
    landsOn: "/products/stoneware-mug",
    buys: [["stoneware-mug", 2]],
    desk: [
      {
        presses: "Return the whole order",
        says: "Returned: the whole order. Retrack is told that the order is rejected.",
      },
    ],
    inShort: "200.00 SEK + 50.00 SEK VAT, rejected",
    recorded: {
      status: "rejected",
      event,
      orderSum: 20000,
      vatSum: 5000,
      currency: "SEK",
      products: [{ event, reference: "stoneware-mug", quantity: 2, name: "Stoneware mug", price: 10000, vat: 2500 }],
    },
    postbacks: ["create delivered", "reject delivered"],
  },
  {
    title: "Retrack, returned before it was told",
    arrival: { network: "Retrack", way: "redirect page" },
    landsOn: "/products/stoneware-mug",
    buys: [["stoneware-mug", 1]],
    whileBusy: true,
    desk: [
      {
        presses: "Return the whole order",
        says: "Returned: the whole order. The order had not reached Retrack yet: it was withdrawn, and Retrack will never hear of it.",
      },
    ],
    inShort: "nothing",
    postbacks: ["create cancelled"],
  },
  {
    title: "ShopBack, one line of two returned, then closed",
    arrival: { network: "ShopBack", way: "in ringgit" },
    landsOn: "/products/coffee-pot",
    buys: [
      ["coffee-pot", 1],
      ["glass-vase", 1],
    ],
    voucher: "LAGOM10",
    desk: [
      {
        presses: "Return Enamel coffee pot",
        says: "Returned: 1 × Enamel coffee pot. ShopBack is told once every line of the order is decided.",
      },
      {
        presses: "Close it",
        says: "Closed: the return period is over. ShopBack is told the final amount, and that it is approved.",
      },
    ],
    tooLate: {
      presses: "Return Blown glass vase",
      says: "That cannot be done, and nothing was changed. Order N has line glass-vase approved already: to decide it anew, insist, and say by whom.",
    },
    inShort: "343.71 MYR, approved with 128.61 MYR",
    recorded: {
      status: "approved",
      // The vase for RM 142.90, less its share of the voucher: 12.99 and 1.30 of tax.
      validations: [{ status: "approved", amount: "128.61" }],
      offer_id: "1234",
      adv_sub5: "MYR",
      amount: "343.71",
    },
    postbacks: ["create delivered", "approve delivered"],
  },
];
