import { serve } from "./serve.ts";

/** `node stand-in-process.ts MS`: takes what Retrack takes, and answers after so long. It ends with who forked it. */
const answerMs = Number(process.argv[2]);
process.once("disconnect", () => process.exit());
const { port } = await serve((incoming, answer) => {
  const end = () => answer.end('{"data":{"uuid":"3afc4a82-93c3-423f-8ee8-542ccb315931"}}');
  incoming.resume().on("end", () => (answerMs > 0 ? setTimeout(end, answerMs) : end()));
});
process.send?.(port);
