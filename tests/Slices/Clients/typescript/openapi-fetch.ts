// Both flows of the README with the client of openapi-fetch, whose types openapi-typescript makes.
import createClient from "openapi-fetch";
import type { paths } from "./generated/schema.js";
import { expect, need, until, walk, type Caller } from "./walk.js";

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

const client = (caller: Caller) => createClient<paths>({ baseUrl: walk.address, headers: { Authorization: `Bearer ${caller.token}` } });

type Client = ReturnType<typeof client>;

async function ok<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call;
  expect(response.ok, `${response.url} succeeds: ${response.status} ${JSON.stringify(error)}`);
  return need(data, response.url);
}

async function status(call: Promise<Result<unknown>>): Promise<number> {
  return (await call).response.status;
}

/** A block of the site, and a part of it for the tenant; the id of the tenant's block. */
async function giveAddresses(nico: Client, org: string, siteId: string, tenantId: string, prefix: string): Promise<string> {
  const path = { org };
  const block = await ok(nico.POST("/v2/org/{org}/nico/ipblock", {
    params: { path },
    body: { name: `pool ${prefix}`, siteId, routingType: "DatacenterOnly", prefix, prefixLength: 16, protocolVersion: "IPv4" },
  }));
  const allocation = await ok(nico.POST("/v2/org/{org}/nico/allocation", {
    params: { path },
    body: {
      name: "addresses", siteId, tenantId,
      allocationConstraints: [{ resourceType: "IPBlock", resourceTypeId: need(block.id, "id"), constraintType: "Reserved", constraintValue: 20 }],
    },
  }));
  return need(allocation.allocationConstraints?.[0]?.derivedResourceId, "derivedResourceId");
}

/** A routed VPC with a prefix, and an operating system. */
async function prepare(nico: Client, org: string, siteId: string, ipBlockId: string) {
  const path = { org };
  const vpc = await ok(nico.POST("/v2/org/{org}/nico/vpc", { params: { path }, body: { name: "routed", siteId, networkVirtualizationType: "FNN" } }));
  const vpcId = need(vpc.id, "id");
  const prefix = await ok(nico.POST("/v2/org/{org}/nico/vpc-prefix", { params: { path }, body: { name: "nodes", vpcId, ipBlockId, prefixLength: 24 } }));
  const system = await ok(nico.POST("/v2/org/{org}/nico/operating-system", {
    params: { path }, body: { name: "ubuntu", ipxeScript: "#!ipxe\nboot", userData: "#cloud-config\nhostname: node\n" },
  }));
  return { vpcId, operatingSystemId: need(system.id, "id"), interfaces: [{ vpcPrefixId: need(prefix.id, "id") }] };
}

async function isReady(nico: Client, org: string, instanceId: string): Promise<void> {
  await until("the instance is Ready", async () =>
    (await ok(nico.GET("/v2/org/{org}/nico/instance/{instanceId}", { params: { path: { org, instanceId } } }))).status === "Ready");
}

async function remove(nico: Client, org: string, instanceId: string): Promise<void> {
  const params = { path: { org, instanceId } };
  const deleted = await status(nico.DELETE("/v2/org/{org}/nico/instance/{instanceId}", { params }));
  expect(deleted === 202, `202, not ${deleted}`);
  await until("the instance is gone", async () => (await status(nico.GET("/v2/org/{org}/nico/instance/{instanceId}", { params }))) === 404);
}

async function oneAccount(): Promise<void> {
  const { org } = walk.account;
  const path = { org };
  const nico = client(walk.account);
  const account = await ok(nico.GET("/v2/org/{org}/nico/service-account/current", { params: { path } }));
  const tenantId = need(account.tenantId, "tenantId");
  const sites = await ok(nico.GET("/v2/org/{org}/nico/site", { params: { path } }));
  expect(sites.some((site) => site.id === walk.site && site.status === "Registered"), "the site is Registered");

  const block = await giveAddresses(nico, org, walk.site, tenantId, "10.20.0.0");
  const node = await prepare(nico, org, walk.site, block);
  const flat = await ok(nico.POST("/v2/org/{org}/nico/vpc", {
    params: { path }, body: { name: "flat", siteId: walk.site, networkVirtualizationType: "ETHERNET_VIRTUALIZER" },
  }));
  await ok(nico.POST("/v2/org/{org}/nico/subnet", {
    params: { path }, body: { name: "rack", vpcId: need(flat.id, "id"), ipv4BlockId: block, prefixLength: 26 },
  }));

  const machines = await ok(nico.GET("/v2/org/{org}/nico/machine", { params: { path, query: { siteId: walk.site, pageSize: 100 } } }));
  const machine = need(machines.find((one) => one.status === "Ready"), "a Ready machine");
  const instance = await ok(nico.POST("/v2/org/{org}/nico/instance", {
    params: { path }, body: { name: "node-1", tenantId, machineId: need(machine.id, "id"), ...node },
  }));
  const instanceId = need(instance.id, "id");
  await isReady(nico, org, instanceId);
  const ready = await ok(nico.GET("/v2/org/{org}/nico/instance/{instanceId}", { params: { path: { org, instanceId } } }));
  expect((ready.interfaces?.[0]?.ipAddresses?.length ?? 0) > 0, "the interface has an address");
  await ok(nico.PATCH("/v2/org/{org}/nico/instance/{instanceId}", { params: { path: { org, instanceId } }, body: { triggerReboot: true } }));
  await isReady(nico, org, instanceId);
  await remove(nico, org, instanceId);
}

async function providerAndTenant(): Promise<void> {
  const site = walk.providerSite;
  const acme = client(walk.provider);
  const globex = client(walk.tenant);
  const ofAcme = { org: walk.provider.org };
  const ofGlobex = { org: walk.tenant.org };
  const provider = await ok(acme.GET("/v2/org/{org}/nico/infrastructure-provider/current", { params: { path: ofAcme } }));
  const account = await ok(acme.POST("/v2/org/{org}/nico/tenant/account", {
    params: { path: ofAcme }, body: { infrastructureProviderId: need(provider.id, "id"), tenantOrg: walk.tenant.org },
  }));
  const type = await ok(acme.POST("/v2/org/{org}/nico/instance/type", { params: { path: ofAcme }, body: { name: "node", siteId: site } }));
  const instanceTypeId = need(type.id, "id");
  const machines = await ok(acme.GET("/v2/org/{org}/nico/machine", { params: { path: ofAcme, query: { siteId: site, pageSize: 100 } } }));
  const machineIds = machines.filter((one) => one.status === "Ready").map((one) => need(one.id, "id"));
  for (const some of [machineIds.slice(0, 1), machineIds.slice(1)]) {
    await ok(acme.POST("/v2/org/{org}/nico/instance/type/{instanceTypeId}/machine", {
      params: { path: { ...ofAcme, instanceTypeId } }, body: { machineIds: some },
    }));
  }

  const tenant = await ok(globex.GET("/v2/org/{org}/nico/tenant/current", { params: { path: ofGlobex } }));
  const tenantId = need(tenant.id, "id");
  const accepted = await ok(globex.PATCH("/v2/org/{org}/nico/tenant/account/{accountId}", {
    params: { path: { ...ofGlobex, accountId: need(account.id, "id") } }, body: {},
  }));
  expect(accepted.status === "Ready", "the account is Ready");

  await ok(acme.POST("/v2/org/{org}/nico/allocation", {
    params: { path: ofAcme },
    body: {
      name: "machines", siteId: site, tenantId,
      allocationConstraints: [{ resourceType: "InstanceType", resourceTypeId: instanceTypeId, constraintType: "Reserved", constraintValue: 3 }],
    },
  }));
  const block = await giveAddresses(acme, walk.provider.org, site, tenantId, "10.40.0.0");
  const seen = await ok(globex.GET("/v2/org/{org}/nico/site", { params: { path: ofGlobex } }));
  expect(seen.length === 1 && seen[0]?.id === site, "the tenant sees the one site");

  const node = { tenantId, instanceTypeId, ...(await prepare(globex, walk.tenant.org, site, block)) };
  const batch = await ok(globex.POST("/v2/org/{org}/nico/instance/batch", {
    params: { path: ofGlobex }, body: { namePrefix: "rack", count: 2, topologyOptimized: false, ...node },
  }));
  expect(batch.length === 2, "two instances");
  const one = await ok(globex.POST("/v2/org/{org}/nico/instance", { params: { path: ofGlobex }, body: { name: "one", ...node } }));
  const over = await status(globex.POST("/v2/org/{org}/nico/instance", { params: { path: ofGlobex }, body: { name: "two", ...node } }));
  expect(over === 403, `a fourth instance is 403, not ${over}`);
  for (const instance of [...batch, one]) {
    await isReady(globex, walk.tenant.org, need(instance.id, "id"));
    await remove(globex, walk.tenant.org, need(instance.id, "id"));
  }
}

await oneAccount();
await providerAndTenant();
console.log("walked");
