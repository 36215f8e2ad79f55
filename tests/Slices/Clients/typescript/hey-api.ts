// Both flows of the README with the client that @hey-api/openapi-ts makes.
import { createClient, type Client } from "./generated/hey/client/index.js";
import * as nico from "./generated/hey/sdk.gen.js";
import { expect, need, until, walk, type Caller } from "./walk.js";

interface Result<T> {
  data: T | undefined;
  error: unknown;
  response?: Response;
}

const client = (caller: Caller): Client => createClient({ baseUrl: walk.address, headers: { Authorization: `Bearer ${caller.token}` } });

async function ok<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call;
  expect(response?.ok === true, `${response?.url} succeeds: ${response?.status} ${JSON.stringify(error)}`);
  return need(data, response?.url ?? "an answer");
}

async function status(call: Promise<Result<unknown>>): Promise<number | undefined> {
  return (await call).response?.status;
}

/** A block of the site, and a part of it for the tenant; the id of the tenant's block. */
async function giveAddresses(me: Client, org: string, siteId: string, tenantId: string, prefix: string): Promise<string> {
  const path = { org };
  const block = await ok(nico.createIpblock({ client: me,
    path,
    body: { name: `pool ${prefix}`, siteId, routingType: "DatacenterOnly", prefix, prefixLength: 16, protocolVersion: "IPv4" },
  }));
  const allocation = await ok(nico.createAllocation({ client: me,
    path,
    body: {
      name: "addresses", siteId, tenantId,
      allocationConstraints: [{ resourceType: "IPBlock", resourceTypeId: need(block.id, "id"), constraintType: "Reserved", constraintValue: 20 }],
    },
  }));
  return need(allocation.allocationConstraints?.[0]?.derivedResourceId, "derivedResourceId");
}

/** A routed VPC with a prefix, and an operating system. */
async function prepare(me: Client, org: string, siteId: string, ipBlockId: string) {
  const path = { org };
  const vpc = await ok(nico.createVpc({ client: me, path, body: { name: "routed", siteId, networkVirtualizationType: "FNN" } }));
  const vpcId = need(vpc.id, "id");
  const prefix = await ok(nico.createVpcPrefix({ client: me, path, body: { name: "nodes", vpcId, ipBlockId, prefixLength: 24 } }));
  const system = await ok(nico.createOperatingSystem({ client: me,
    path, body: { name: "ubuntu", ipxeScript: "#!ipxe\nboot", userData: "#cloud-config\nhostname: node\n" },
  }));
  return { vpcId, operatingSystemId: need(system.id, "id"), interfaces: [{ vpcPrefixId: need(prefix.id, "id") }] };
}

async function isReady(me: Client, org: string, instanceId: string): Promise<void> {
  await until("the instance is Ready", async () =>
    (await ok(nico.getInstance({ client: me, path: { org, instanceId } }))).status === "Ready");
}

async function remove(me: Client, org: string, instanceId: string): Promise<void> {
  const path = { org, instanceId };
  const deleted = await status(nico.deleteInstance({ client: me, path }));
  expect(deleted === 202, `202, not ${deleted}`);
  await until("the instance is gone", async () => (await status(nico.getInstance({ client: me, path }))) === 404);
}

async function oneAccount(): Promise<void> {
  const { org } = walk.account;
  const path = { org };
  const me = client(walk.account);
  const account = await ok(nico.getCurrentServiceAccount({ client: me, path }));
  const tenantId = need(account.tenantId, "tenantId");
  const sites = await ok(nico.getAllSite({ client: me, path }));
  expect(sites.some((site) => site.id === walk.site && site.status === "Registered"), "the site is Registered");

  const block = await giveAddresses(me, org, walk.site, tenantId, "10.20.0.0");
  const node = await prepare(me, org, walk.site, block);
  const flat = await ok(nico.createVpc({ client: me,
    path, body: { name: "flat", siteId: walk.site, networkVirtualizationType: "ETHERNET_VIRTUALIZER" },
  }));
  await ok(nico.createSubnet({ client: me,
    path, body: { name: "rack", vpcId: need(flat.id, "id"), ipv4BlockId: block, prefixLength: 26 },
  }));

  const machines = await ok(nico.getAllMachine({ client: me, path, query: { siteId: walk.site, pageSize: 100 } }));
  const machine = need(machines.find((one) => one.status === "Ready"), "a Ready machine");
  const instance = await ok(nico.createInstance({ client: me,
    path, body: { name: "node-1", tenantId, machineId: need(machine.id, "id"), ...node },
  }));
  const instanceId = need(instance.id, "id");
  await isReady(me, org, instanceId);
  const ready = await ok(nico.getInstance({ client: me, path: { org, instanceId } }));
  expect((ready.interfaces?.[0]?.ipAddresses?.length ?? 0) > 0, "the interface has an address");
  await ok(nico.updateInstance({ client: me, path: { org, instanceId }, body: { triggerReboot: true } }));
  await isReady(me, org, instanceId);
  await remove(me, org, instanceId);
}

async function providerAndTenant(): Promise<void> {
  const site = walk.providerSite;
  const acme = client(walk.provider);
  const globex = client(walk.tenant);
  const ofAcme = { org: walk.provider.org };
  const ofGlobex = { org: walk.tenant.org };
  const provider = await ok(nico.getCurrentInfrastructureProvider({ client: acme, path: ofAcme }));
  const account = await ok(nico.createTenantAccount({ client: acme,
    path: ofAcme, body: { infrastructureProviderId: need(provider.id, "id"), tenantOrg: walk.tenant.org },
  }));
  const type = await ok(nico.createInstanceType({ client: acme, path: ofAcme, body: { name: "node", siteId: site } }));
  const instanceTypeId = need(type.id, "id");
  const machines = await ok(nico.getAllMachine({ client: acme, path: ofAcme, query: { siteId: site, pageSize: 100 } }));
  const machineIds = machines.filter((one) => one.status === "Ready").map((one) => need(one.id, "id"));
  for (const some of [machineIds.slice(0, 1), machineIds.slice(1)]) {
    await ok(nico.createInstanceTypeMachineAssociation({ client: acme,
      path: { ...ofAcme, instanceTypeId }, body: { machineIds: some },
    }));
  }

  const tenant = await ok(nico.getCurrentTenant({ client: globex, path: ofGlobex }));
  const tenantId = need(tenant.id, "id");
  const accepted = await ok(nico.updateTenantAccount({ client: globex,
    path: { ...ofGlobex, accountId: need(account.id, "id") }, body: {},
  }));
  expect(accepted.status === "Ready", "the account is Ready");

  await ok(nico.createAllocation({ client: acme,
    path: ofAcme,
    body: {
      name: "machines", siteId: site, tenantId,
      allocationConstraints: [{ resourceType: "InstanceType", resourceTypeId: instanceTypeId, constraintType: "Reserved", constraintValue: 3 }],
    },
  }));
  const block = await giveAddresses(acme, walk.provider.org, site, tenantId, "10.40.0.0");
  const seen = await ok(nico.getAllSite({ client: globex, path: ofGlobex }));
  expect(seen.length === 1 && seen[0]?.id === site, "the tenant sees the one site");

  const node = { tenantId, instanceTypeId, ...(await prepare(globex, walk.tenant.org, site, block)) };
  const batch = await ok(nico.batchCreateInstance({ client: globex,
    path: ofGlobex, body: { namePrefix: "rack", count: 2, topologyOptimized: false, ...node },
  }));
  expect(batch.length === 2, "two instances");
  const one = await ok(nico.createInstance({ client: globex, path: ofGlobex, body: { name: "one", ...node } }));
  const over = await status(nico.createInstance({ client: globex, path: ofGlobex, body: { name: "two", ...node } }));
  expect(over === 403, `a fourth instance is 403, not ${over}`);
  for (const instance of [...batch, one]) {
    await isReady(globex, walk.tenant.org, need(instance.id, "id"));
    await remove(globex, walk.tenant.org, need(instance.id, "id"));
  }
}

await oneAccount();
await providerAndTenant();
console.log("walked");
