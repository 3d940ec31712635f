import { generateKeyPairSync, sign } from "node:crypto";

/** A certificate nobody has vouched for, and its key: browsers take it only where they are told to take any. */
export function selfSigned(): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const commonName = Buffer.from([0x55, 0x04, 0x03]);
  const ecdsaWithSha256 = Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);

  const algorithm = der(SEQUENCE, der(OBJECT, ecdsaWithSha256));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT, commonName), der(UTF8, Buffer.from("loopback")))));
  const validity = der(
    SEQUENCE,
    der(UTC_TIME, Buffer.from("200101000000Z")),
    der(UTC_TIME, Buffer.from("491231235959Z")),
  );
  const version3 = der(CONTEXT_0, der(INTEGER, Buffer.from([2])));
  const serial = der(INTEGER, Buffer.from([1]));
  const key = publicKey.export({ type: "spki", format: "der" });
  const content = der(SEQUENCE, version3, serial, algorithm, name, validity, name, key);
  // A bit string begins with the number of its unused bits.
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", content, privateKey));
  const certificate = der(SEQUENCE, content, algorithm, signature);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
  };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT = 0x06;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const SEQUENCE = 0x30;
const SET = 0x31;
const CONTEXT_0 = 0xa0;

/** One value as X.509 writes it: its kind, its length, its bytes. */
function der(kind: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([kind, ...size]), body]);
}
