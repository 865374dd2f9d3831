import { describeName } from "../flux/object-name.ts";
import { fields, keyOf, type KubeObject, list, nameOf, text } from "./objects.ts";
import type { Left } from "./wait.ts";

/** Why an object is still there, in words, as far as the object says. */
export function whyLeft({ object, refusal, returned }: Omit<Left, "key">): string {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const says = complaint(object);
  const reasons = [
    ...(refusal === undefined ? [] : [`its deletion fails: ${refusal}`]),
    ...(returned > 0
      ? [`it came back ${returned === 1 ? "once" : `${returned} times`}: something makes it again`]
      : []),
    ...(deletionTimestamp !== undefined && finalizers.length > 0
      ? [
          `it waits for ${finalizers.length === 1 ? "the finalizer" : "the finalizers"} ${finalizers.join(", ")}`,
        ]
      : []),
    ...(deletionTimestamp === undefined && refusal === undefined && returned === 0
      ? ["nobody has deleted it"]
      : []),
    ...(says === undefined ? [] : [says]),
  ];
  return reasons.join("; ") || "it is on its way out";
}

/** What can be done about it. */
export function remedyFor({ object }: Pick<Left, "object">): string {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const { kind, namespace, name } = nameOf(object);
  if (deletionTimestamp === undefined || finalizers.length === 0)
    return "find out what makes it, and run this again";
  const argument = namespace === "" ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
  return `see to the controller of ${finalizers.join(", ")} and run this again; if it has gone for good: --remove-finalizers ${argument}, and remove by hand what it stood for`;
}

/** What its conditions complain about. */
function complaint(object: KubeObject): string | undefined {
  const conditions = list(fields(object, "status"), "conditions");
  const bad =
    conditions.find((each) => each["type"] === "Ready" && each["status"] === "False") ??
    conditions.find((each) => /Failure|Remaining/.test(String(each["type"])) && each["status"] === "True");
  const message = text(bad, "message");
  return message === undefined ? undefined : `it says: ${message.replace(/\s+/g, " ").slice(0, 300)}`;
}

/** Objects in a few words: the first ones by name, the others by their number. */
export function describeSome(objects: readonly KubeObject[], most = 3): string {
  const sorted = [...objects].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const names = sorted.slice(0, most).map((object) => {
    const { finalizers = [] } = object.metadata;
    return `${describeName(nameOf(object))}${finalizers.length === 0 ? "" : ` (${finalizers.join(", ")})`}`;
  });
  return objects.length > most ? `${names.join(", ")} and ${objects.length - most} more` : names.join(", ");
}
