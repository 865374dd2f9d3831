import { type CelFunc, celFunc, celMethod, CelScalar } from "@bufbuild/cel";
import { none, optionalType, some } from "./optional.ts";
import { isRequestUri } from "./url.ts";
import { addedType } from "./value.ts";

const { STRING } = CelScalar;
const added = addedType<string>("kubernetes.NamedFormat");
const { type, read } = added;
const make = (name: string) => added.make(name, name);

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const oldLabel = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const key = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const uuid = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const time = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/;

const isLabel = (text: string) => text.length <= 63 && label.test(text);
const isOldLabel = (text: string) => text.length <= 63 && oldLabel.test(text);
const isSubdomain = (text: string) => text.length <= 253 && text.split(".").every((part) => label.test(part));
const isKey = (text: string) => text.length <= 63 && key.test(text);
/** What begins a name that something is added to: k8s.io/apimachinery/pkg/api/validation, maskTrailingDash */
const begins = (is: (text: string) => boolean) => (text: string) =>
  is(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text);

/** k8s.io/apiserver/pkg/cel/library, format.go, with what it calls. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: isLabel,
  dns1123Subdomain: isSubdomain,
  dns1035Label: isOldLabel,
  qualifiedName: (text) => {
    const parts = text.split("/");
    return parts.length === 1
      ? isKey(text)
      : parts.length === 2 && isSubdomain(parts[0]!) && isKey(parts[1]!);
  },
  dns1123LabelPrefix: begins(isLabel),
  dns1123SubdomainPrefix: begins(isSubdomain),
  dns1035LabelPrefix: begins(isOldLabel),
  labelValue: (text) => text === "" || isKey(text),
  uri: isRequestUri,
  uuid: (text) => uuid.test(text),
  byte: (text) => base64.test(text),
  date: isDate,
  datetime: isDateTime,
};

/** The formats that have a name, and whether a text has one. */
export const formatFunctions: CelFunc[] = [
  ...Object.keys(formats).map((name) => celFunc(`format.${name}`, [], type, () => make(name))),
  celFunc("format.named", [STRING], optionalType, (name) =>
    Object.hasOwn(formats, name) ? some(make(name), name) : none(),
  ),
  celMethod("validate", type, [STRING], optionalType, function (text) {
    const name = read(this);
    return formats[name]!(text) ? none() : some([`the text is no ${name}`], `${name} ${text}`);
  }),
];

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  date.setUTCFullYear(Number(year));
  return date.toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [date = "", clock] = text.toLowerCase().split("t");
  const [, hours = "", minutes = "", seconds = ""] = time.exec(clock ?? "") ?? [];
  return isDate(date) && hours !== "" && hours <= "23" && minutes <= "59" && seconds <= "59";
}
