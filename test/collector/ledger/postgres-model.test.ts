import { emptiablePostgres } from "../../support/ledger-engines.ts";
import { ledgerModelTest } from "../../support/ledger-model-test.ts";

ledgerModelTest("the PostgreSQL ledger", emptiablePostgres, 40);
