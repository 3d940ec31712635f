/** One line of the proof's table: what a scenario did, and whether its bar holds. */
export interface Row {
  name: string;
  /** A control switches one safeguard off: it must fail, or the harness would not notice a real failure. */
  control: boolean;
  seed: number;
  /** Processes killed, or power cuts. */
  kills: number;
  /** Orders the checkout acknowledged. */
  orders: number;
  /** Acknowledged orders that are gone. */
  lost: number;
  twice: number;
  held: number;
  /** Whether the bar holds; of a control, whether it failed as it must. */
  holds: boolean;
  note: string;
  seconds: number;
}

export interface ScenarioOptions {
  seed: number;
  /** How often, or how long: each scenario says of what. */
  cycles: number;
  progress?: (text: string) => void;
}

export type Scenario = (options: ScenarioOptions) => Promise<Row>;
