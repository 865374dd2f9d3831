import type { CelFunc } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { cidrFunctions } from "./cidr.ts";
import { encoderFunctions } from "./encoders.ts";
import { formatFunctions } from "./format.ts";
import { ipFunctions } from "./ip.ts";
import { listFunctions } from "./lists.ts";
import { optionalFunctions } from "./optional.ts";
import { quantityFunctions } from "./quantity.ts";
import { regexFunctions } from "./regex.ts";
import { setFunctions } from "./sets.ts";
import { urlFunctions } from "./url.ts";

/**
 * What Kubernetes adds to CEL, as far as it can be told without an API server:
 * kubernetes.io/docs/reference/using-api/cel/#cel-options-language-features-and-libraries
 */
export const kubernetesFunctions: CelFunc[] = [
  ...strings,
  ...regexFunctions,
  ...listFunctions,
  ...quantityFunctions,
  ...ipFunctions,
  ...cidrFunctions,
  ...urlFunctions,
  ...formatFunctions,
  ...optionalFunctions,
  ...setFunctions,
];

/** What Flux adds to CEL: github.com/fluxcd/pkg/runtime/cel, expression.go */
export const fluxFunctions: CelFunc[] = [
  ...strings,
  ...optionalFunctions,
  ...setFunctions,
  ...encoderFunctions,
];
