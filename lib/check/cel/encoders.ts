import { type CelFunc, celFunc, CelScalar } from "@bufbuild/cel";
import { ValueError } from "./value.ts";

const { BYTES, STRING } = CelScalar;

/** github.com/google/cel-go/ext, encoders.go: base64 with or without its padding. */
export const encoderFunctions: CelFunc[] = [
  celFunc("base64.encode", [BYTES], STRING, (bytes) => Buffer.from(bytes).toString("base64")),
  celFunc("base64.decode", [STRING], BYTES, (text) => {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new ValueError("the text is no base64");
    return Uint8Array.from(Buffer.from(text, "base64"));
  }),
];
