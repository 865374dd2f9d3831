import { type Problem, throwIfAny } from "../fleet/user-error.ts";
import { describeName } from "../flux/object-name.ts";
import type { ClusterApi } from "./cluster-api.ts";
import { isAvailable } from "./kinds.ts";
import { fields, groupKind, keyOfName, type ObjectKey, parseKey } from "./objects.ts";
import type { Plan } from "./plan.ts";

/**
 * Asks whether whoever runs a teardown may do all of it, before any of it is done.
 * @throws UserError naming each kind that may not be deleted
 */
export async function refuseWithoutRights(
  api: ClusterApi,
  { scope, suspend, snapshot }: Plan,
): Promise<void> {
  const kindsOf = (keys: Iterable<string>) =>
    [...new Set([...keys].map((key) => groupKind(parseKey(key))))].flatMap(
      (id) => snapshot.kinds.get(id) ?? [],
    );
  const asked = [
    ...kindsOf(scope.going.keys()).map((kind) => ({ verb: "delete" as const, kind })),
    ...kindsOf(suspend.flat()).map((kind) => ({ verb: "patch" as const, kind })),
  ];
  const problems = await Promise.all(
    asked.map(async ({ verb, kind }): Promise<Problem[]> => {
      if (await api.may(verb, kind)) return [];
      return [
        {
          where: api.server,
          message: `these credentials may not ${verb} ${kind.plural}${kind.group === "" ? "" : `.${kind.group}`}`,
          remedy: "use those of a cluster administrator",
        },
      ];
    }),
  );
  throwIfAny(problems.flat());
}

/** What whoever starts a teardown should know of before: nothing of it prevents one. */
export function noticesOf(plan: Plan): Problem[] {
  const { scope, ownership, snapshot, contradictions } = plan;
  const notices: Problem[] = [];
  const { objects } = snapshot;
  const missing = new Map<string, string[]>();
  for (const { key, object, serviceAccount, remote, suspended } of ownership.appliers.values()) {
    if (object === undefined || scope.kept.has(key)) continue;
    const where = describeName(parseKey(key));
    if (serviceAccount !== undefined && !objects.has(serviceAccount))
      missing.set(serviceAccount, [...(missing.get(serviceAccount) ?? []), where]);
    if (remote !== undefined)
      notices.push({
        where,
        message:
          "what it applied is in another cluster: Flux removes it there, but nobody looks whether it is gone",
      });
    if (suspended && object.metadata.annotations?.["sluice.dev/teardown-held"] === undefined)
      notices.push({
        where,
        message: "is suspended: it is woken just before its deletion, so that it removes what it applied",
      });
  }
  for (const [account, users] of missing)
    notices.push({
      where: describeName(parseKey(account)),
      message: `is missing, and ${users.join(", ")} ${users.length === 1 ? "acts" : "act"} in its name: it is made again for as long as they need it`,
    });
  for (const [key, object] of objects) {
    if (object.kind === "PersistentVolume" && scope.going.has(key)) {
      const spec = fields(object, "spec");
      if (spec["persistentVolumeReclaimPolicy"] === "Retain")
        notices.push({
          where: describeName(parseKey(key)),
          message: `its policy is Retain: the storage itself stays (${volumeHandle(spec)})`,
          remedy: "remove it by hand, if nobody needs it",
        });
    }
    if (object.kind === "Deployment" && (isFluxController(key) || serves(key, plan)) && !isAvailable(object))
      notices.push({
        where: describeName(parseKey(key)),
        message:
          "is not available: what waits for it will take as long, and what it cleans up without a finalizer may be lost",
        remedy: "see to it first",
      });
  }
  for (const { before, after, reason } of contradictions)
    notices.push({
      message: `${describeUnit(before)} should go before ${describeUnit(after)} (${reason}), but that one has to go before it`,
    });
  for (const key of scope.strangers)
    notices.push({
      where: describeName(parseKey(key)),
      message: "holds something outside the cluster, and nobody that is known has made it: it stays",
      remedy: "if the cluster itself is to go, remove it with all others: --all-external",
    });
  for (const { what, message } of snapshot.unreadable)
    notices.push({
      where: what,
      message: `cannot be looked at: ${message}`,
      remedy: "what is there is not removed, and the teardown cannot end clean",
    });
  return notices;
}

const controllers = ["kustomize-controller", "helm-controller"];
const isFluxController = (key: string): boolean =>
  controllers.some(
    (name) => key === keyOfName({ group: "apps", kind: "Deployment", namespace: "flux-system", name }),
  );

/** Whether it belongs to an applier that may hold a controller. */
function serves(key: ObjectKey, { ownership, controllers }: Plan): boolean {
  const applier = ownership.applierOf.get(key);
  return applier !== undefined && controllers.has(applier);
}

function volumeHandle(spec: Readonly<Record<string, unknown>>): string {
  const csi = fields(spec, "csi");
  const { driver, volumeHandle } = csi as { driver?: string; volumeHandle?: string };
  return volumeHandle === undefined ? "see its spec before it goes" : `${driver}: ${volumeHandle}`;
}

function describeUnit(id: string): string {
  const key = id.slice(id.indexOf(":") + 1).split(" ")[0]!;
  return key === "" ? "what nobody applied" : describeName(parseKey(key));
}
