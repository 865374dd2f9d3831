import { createHash } from "node:crypto";
import type { Construct } from "constructs";
import { KubeObject, type MergePatch } from "../kube-object.ts";
import { App, type AppProps } from "./app.ts";
import { mirroredImage } from "./image.ts";
import { refuse } from "./refuse.ts";

/** A request, and what is answered to it. */
export interface MockRoute {
  /** @default any */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  /** The path, without query: `/charges`, or a template such as `/charges/{id}`. */
  readonly path: string;
  /** @default 200 */
  readonly status?: number;
  /** A text as it is, anything else as JSON. @default none */
  readonly body?: unknown;
  /** @default `Content-Type: application/json` where the body is JSON */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds that the answer takes. @default 0 */
  readonly delay?: number;
}

/** An HTTP service that gives canned answers. */
export interface MockServerProps extends AppProps {
  /** The answers; the first that fits is given. Any other request gets 404. */
  readonly routes: readonly MockRoute[];
  /** The Service's name: the one by which the real service is called. @default the app's name */
  readonly serviceName?: string;
  /** The Service's port: the real service's. @default 80 */
  readonly servicePort?: number;
  /** Tag of the image docker.io/wiremock/wiremock. It is no version of the app, so versions.yaml does not have it. @default 3.13.2-3 */
  readonly imageTag?: string;
  /** Merged into the Deployment (JSON merge patch). */
  readonly overrides?: MergePatch;
}

/**
 * An HTTP service that gives canned answers: a stand-in for one that an environment does not have, under the
 * same name and port. One replica of WireMock, which starts anew when a route changes; its admin API, on the
 * same port under /__admin, tells what was asked.
 * @see {@link realOrMock}
 * @see https://wiremock.org/docs/standalone/admin-api-reference/
 * @example
 * new MockServer(apps, "payments", {
 *   routes: [
 *     { method: "POST", path: "/charges", status: 201, body: { id: "ch_1", status: "succeeded" } },
 *     { method: "GET", path: "/charges/{id}", body: { status: "succeeded" } },
 *   ],
 * });
 */
export class MockServer extends App {
  constructor(scope: Construct, id: string, props: MockServerProps) {
    super(scope, id, props);
    const { routes, serviceName = this.name, servicePort = 80, imageTag = "3.13.2-3", overrides } = props;
    refuse(this, [
      !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(serviceName) && `'${serviceName}' is no name of a Service`,
      !(Number.isInteger(servicePort) && servicePort > 0 && servicePort < 65536) &&
        `servicePort ${servicePort} is no port`,
      routes.length === 0 && "it has no routes, so that it would answer 404 to everything",
      ...routes.flatMap((route) => routeProblems(route)),
    ]);
    const labels = { "app.kubernetes.io/name": this.name, "app.kubernetes.io/component": "mock" };
    const metadata = { name: this.name, labels };
    const mappings = JSON.stringify(
      { mappings: routes.map((route, index) => mapping(route, index + 1)) },
      undefined,
      2,
    );
    new KubeObject(this, "routes", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "routes.json": `${mappings}\n` },
    });
    new KubeObject(this, "deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      ...(overrides === undefined ? {} : { overrides }),
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          // A file that is mounted by itself, as below, does not follow its ConfigMap: a change makes a new pod.
          metadata: {
            labels,
            annotations: {
              "sluice.dev/routes": createHash("sha256").update(mappings).digest("hex").slice(0, 16),
            },
          },
          spec: podSpec(this.name, `${mirroredImage(this, "docker.io/wiremock/wiremock")}:${imageTag}`),
        },
      },
    });
    new KubeObject(this, "service", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: serviceName, labels },
      spec: { selector: labels, ports: [{ name: "http", port: servicePort, targetPort: "http" }] },
    });
  }
}

function podSpec(name: string, image: string): object {
  const probe = { httpGet: { path: "/__admin/health", port: "http" } };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // The image's own user is root.
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "wiremock",
        image,
        args: ["--port", "8080", "--disable-banner", "--max-request-journal-entries", "1000"],
        ports: [{ name: "http", containerPort: 8080 }],
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5 },
        resources: { requests: { cpu: "20m", memory: "256Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          // Not the folder: WireMock reads all below it, and Kubernetes keeps further copies there.
          {
            name: "routes",
            mountPath: "/home/wiremock/mappings/routes.json",
            subPath: "routes.json",
            readOnly: true,
          },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "routes", configMap: { name } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

function routeProblems({ method, path, status = 200, delay = 0 }: MockRoute): (string | false)[] {
  const route = `route ${method ?? "any"} ${path}`;
  return [
    !path.startsWith("/") && `${route}: the path begins with '/'`,
    /[?#]/.test(path) && `${route}: the path has no query`,
    !(Number.isInteger(status) && status >= 100 && status < 600) &&
      `${route}: ${status} is no status of HTTP`,
    !(Number.isInteger(delay) && delay >= 0) &&
      `${route}: a delay is a whole number of milliseconds, not ${delay}`,
  ];
}

/** A stub mapping of WireMock: https://wiremock.org/docs/stubbing/ */
function mapping({ method, path, status = 200, body, headers, delay }: MockRoute, priority: number): object {
  const json = body !== undefined && typeof body !== "string";
  const allHeaders = { ...(json ? { "Content-Type": "application/json" } : {}), ...headers };
  return {
    priority,
    request: {
      method: method ?? "ANY",
      ...(path.includes("{") ? { urlPathTemplate: path } : { urlPath: path }),
    },
    response: {
      status,
      ...(body === undefined ? {} : json ? { jsonBody: body } : { body }),
      ...(Object.keys(allHeaders).length === 0 ? {} : { headers: allHeaders }),
      ...(delay === undefined ? {} : { fixedDelayMilliseconds: delay }),
    },
  };
}
