/** How a programme reads the `price` and `vat` of a product: as one unit's, or as the whole line's. */
export type Prices = "unit" | "line";

/** A store's account at the stand-in of Retrack. */
export interface RetrackAccount {
  token: string;
  /** The commission event of most transactions. */
  event: string;
  /** The programme's other events. */
  events: string[];
  prices: Prices;
  publisher: string;
  program: string;
  /** The store's redirect page. */
  landing: string;
}

/** A store's account at the stand-in of ShopBack. */
export interface ShopbackAccount {
  offer: string;
  securityToken: string;
  /** Where approvals and rejections go: an offer and an affiliate of their own. */
  validation: { offer: string; affiliate: string };
  /** The account's one currency, or `any`: then `adv_sub5` names each order's. */
  currency: string;
  /** One conversion for an order, or one for each of its lines. */
  level: "order" | "line";
  /** The store's page that ShopBack sends shoppers to. */
  landing: string;
}

export interface Accounts {
  retrack: RetrackAccount;
  shopback: ShopbackAccount;
}

/** The accounts of a sandbox that is told nothing else. Their secrets open nothing but a sandbox. */
export const defaultAccounts: Accounts = {
  retrack: {
    token: "q7VtWm2ZbK9sXe4HrNd8LfYc3JpGu6TaRk5QwBz1MvEx7ShDn4CyAg2PjUo9",
    event: "1f80e399-6f55-4cef-b8b0-0f74752c1ceb",
    events: ["8b0c5f0e-3a51-4d0e-9a9e-5b6f2f1d7c34", "c2d9a1f4-7e68-4b23-8f15-90e4d36ab721"],
    prices: "unit",
    publisher: "e5adcbc6-31a8-4e1b-8351-835dddc16921",
    program: "7649bf56-4345-46e4-8c77-04bbd2f3bcd3",
    landing: "http://127.0.0.1:3000/retrack",
  },
  shopback: {
    offer: "1234",
    securityToken: "5f1c9e0a7b3d4826c8e1f07a92b46d35",
    validation: { offer: "5678", affiliate: "1152" },
    currency: "MYR",
    level: "order",
    landing: "http://127.0.0.1:3000/",
  },
};
