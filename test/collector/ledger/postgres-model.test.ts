import { reusedPostgres } from "../../support/ledger-engines.ts";
import { ledgerModelTest } from "../../support/ledger-model-test.ts";

ledgerModelTest("the PostgreSQL ledger", reusedPostgres(), 40);
