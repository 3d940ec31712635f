import { emptiableSqlite } from "../../support/ledger-engines.ts";
import { ledgerModelTest } from "../../support/ledger-model-test.ts";

ledgerModelTest("the SQLite ledger", emptiableSqlite, 100);
