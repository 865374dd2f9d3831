import { Podinfo } from "#constructs/apps";
import { production } from "#environment-types";
import { defineCluster } from "#fleet";
import { eks } from "#sluice";

export default defineCluster(({ name }) => ({
  type: production,
  provider: eks({ region: "eu-west-2" }),
  platform: {
    variables: { domain: `${name}.example.com` },
  },
  apps: (apps) => {
    new Podinfo(apps, "podinfo", {
      replicas: 3,
      host: `podinfo.${name}.example.com`,
      message: "Hello from production",
    });
  },
}));
