import { urlProblem, type HttpChangeRequests } from "../fleet/change-requests.ts";
import { UserError } from "../fleet/user-error.ts";
import { type Answer, type ChangeRequest, type ChangeService, readAnswer } from "./change-request.ts";
import { fetchJson } from "./fetch-json.ts";

/** The environment's variable with the service's token. */
export const httpTokenVariable = "SLUICE_CHANGE_TOKEN";

/**
 * Change requests over plain HTTP: docs/reference/change-request-protocol.md.
 * @param token goes into the Authorization header; undefined for a service that wants none
 * @throws UserError if a token must not be sent there
 */
export function httpService({ url }: HttpChangeRequests, token: string | undefined): ChangeService {
  const problem = urlProblem(url);
  if (problem !== undefined) throw new UserError({ where: "changeRequests", message: problem }, 2);
  const base = url.replace(/\/+$/, "");
  return {
    name: base,
    async ask(request: ChangeRequest, signal: AbortSignal): Promise<Answer> {
      const common = {
        url: `${base}/change-requests/${request.commit}`,
        token,
        tokenVariable: httpTokenVariable,
        signal,
      };
      const found = await fetchJson({ method: "GET", ...common }, [404]);
      const { data } =
        found.status === 404 ? await fetchJson({ method: "PUT", ...common, body: request }) : found;
      return readAnswer(data, request.commit);
    },
  };
}
