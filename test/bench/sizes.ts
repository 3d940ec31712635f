/** How much is measured. */
export interface Sizes {
  /** How often each of a pair is run, in turn. */
  readonly rounds: number;
  /** Requests of a round. */
  readonly landings: number;
  /** Orders of a round. */
  readonly orders: number;
  /** Postbacks that wait. */
  readonly backlog: number;
  /** How many of these one process delivers, and how often one does. */
  readonly slice: number;
  readonly slices: number;
}

export type Progress = (text: string) => void;

export const thorough: Sizes = {
  rounds: 5,
  landings: 8000,
  orders: 3000,
  backlog: 1_000_000,
  slice: 20_000,
  slices: 2,
};

/** To see that it runs: such short rounds say little. */
export const quick: Sizes = { rounds: 2, landings: 1000, orders: 500, backlog: 20_000, slice: 1000, slices: 1 };
