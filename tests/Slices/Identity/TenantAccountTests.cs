using System.Text.Json.Nodes;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Identity;

/// <summary>Invitations and accounts, from the provider's side and from the tenant's. spec/10-identity.md, sections 6 and 9.</summary>
public sealed class TenantAccountTests(TestHost host)
{
    private static async Task<JsonNode> Invite(ApiClient provider, Guid providerId, string org) =>
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = org })).Is(201);

    private static string Orgs(Answer list) => string.Join(",", list.Items().Select(account => account!["tenantOrg"].Text()));

    [Fact]
    public async Task An_org_that_is_no_tenant_yet_is_invited_and_linked_when_it_becomes_one()
    {
        var (provider, providerId) = await host.Provider();
        var org = TestHost.NewOrg("tenant");
        var made = await Invite(provider, providerId, org.ToUpperInvariant());
        Assert.Equal(org, made["tenantOrg"].Text());
        Assert.Equal(provider.Org, made["infrastructureProviderOrg"].Text());
        Assert.Equal("Invited", made["status"].Text());
        Assert.Matches("^nico-[0-9a-f]{32}$", made["accountNumber"].Text());
        Assert.Equal("Invited", Assert.Single(made["statusHistory"]!.AsArray())!["status"].Text());
        Assert.Equal(0, made["allocationCount"].Number());
        Assert.All(new[] { "tenantId", "tenantContact", "subscriptionId", "subscriptionTier" }, name => Assert.Null(made[name]));
        Assert.False(made.AsObject().ContainsKey("tenant") || made.AsObject().ContainsKey("infrastructureProvider"));

        // Without a tenant nothing matches a tenant's id.
        var path = $"tenant/account/{made["id"]}";
        (await provider.Get($"{path}?infrastructureProviderId={providerId}&tenantId={Guid.NewGuid()}")).Is(404);
        var (_, tenantId) = await host.Tenant(org);
        var linked = (await provider.Get($"{path}?infrastructureProviderId={providerId}&tenantId={tenantId}")).Is(200);
        Assert.Equal(tenantId, linked["tenantId"].Id());
        Assert.Equal("Invited", linked["status"].Text());
    }

    [Fact]
    public async Task Whoever_becomes_a_tenant_while_it_is_invited_is_linked_all_the_same()
    {
        var (provider, providerId) = await host.Provider();
        foreach (var org in Enumerable.Range(0, 10).Select(_ => TestHost.NewOrg("tenant")).ToArray())
        {
            var tenant = host.Tenant(org);
            var invited = provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = org });
            await Task.WhenAll(tenant, invited);
            var found = (await provider.Get($"tenant/account/{(await invited).Is(201)["id"]}?infrastructureProviderId={providerId}")).Is(200);
            Assert.Equal((await tenant).TenantId, found["tenantId"].Id());
        }
    }

    [Fact]
    public async Task A_tenant_is_invited_by_its_id_and_once_only()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();

        // The id decides, but the name must be one all the same.
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantId, tenantOrg = "x" })).Fails(400, "tenantOrg");
        var made = (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantId, tenantOrg = "other" })).Is(201);
        Assert.Equal((tenant.Org, tenantId), (made["tenantOrg"].Text(), made["tenantId"].Id()));
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantId })).Fails(400, "tenantId");
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = tenant.Org })).Fails(400, "tenantOrg");
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = tenant.Org.ToUpperInvariant() })).Fails(400, "tenantOrg");

        // Another provider may, and a provider may invite its own org.
        var (other, otherId) = await host.Provider();
        await Invite(other, otherId, tenant.Org);
        await Invite(other, otherId, other.Org);
    }

    [Fact]
    public async Task Invitations_of_one_org_at_the_same_time_make_one_account()
    {
        var (provider, providerId) = await host.Provider();
        var org = TestHost.NewOrg("tenant");
        var answers = await Task.WhenAll(Enumerable.Range(0, 10)
            .Select(_ => provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = org })));
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Fails(400, "tenantOrg"));
        Assert.Equal(org, Orgs(await provider.Get($"tenant/account?infrastructureProviderId={providerId}")));
    }

    [Fact]
    public async Task What_is_wrong_with_an_invitation_is_named()
    {
        var (provider, providerId) = await host.Provider();
        var (_, otherId) = await host.Provider();
        (await provider.Raw(HttpMethod.Post, "tenant/account", "{")).Is(400);
        (await provider.Post("tenant/account", new { })).Fails(400, "tenantId", "tenantOrg");
        (await provider.Post("tenant/account", new { infrastructureProviderId = "x", tenantId = "y" })).Fails(400, "infrastructureProviderId", "tenantId");
        (await provider.Post("tenant/account", new { infrastructureProviderId = otherId, tenantOrg = "some-org" })).Fails(400, "infrastructureProviderId");
        (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantId = Guid.NewGuid() })).Fails(400, "tenantId");
        foreach (var name in new[] { "a", "", new string('a', 257), "Ä-org", "some.org", "some org", "some-org\n" })
        {
            (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = name })).Fails(400, "tenantOrg");
        }

        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = "some-org" })).Is(400);
        Assert.Empty((await provider.Get($"tenant/account?infrastructureProviderId={providerId}")).Items());
    }

    [Fact]
    public async Task The_tenant_accepts_once_and_becomes_the_contact()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var path = $"tenant/account/{(await Invite(provider, providerId, tenant.Org))["id"]}";
        var me = (await tenant.Get("user/current")).Is(200)["id"].Id();
        (await tenant.Patch(path, new { tenantContactId = "x" })).Fails(400, "tenantContactId");
        (await tenant.Patch(path, new { tenantContactId = Guid.NewGuid() })).Fails(400, "tenantContactId");
        var accepted = (await tenant.Patch(path, new { tenantContactId = me })).Is(200);
        Assert.Equal("Ready", accepted["status"].Text());
        Assert.Equal(me, accepted["tenantContact"]!["id"].Id());
        Assert.Equal(["Ready", "Invited"], accepted["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));
        Assert.True(accepted["updated"].Time() > accepted["created"].Time());
        Assert.Equal(accepted.ToJsonString(), (await tenant.Get($"{path}?tenantId={tenantId}")).Is(200).ToJsonString());
        Assert.Equal(accepted.ToJsonString(), (await provider.Get($"{path}?infrastructureProviderId={providerId}")).Is(200).ToJsonString());
        (await tenant.Patch(path, new { })).Is(400);
    }

    [Fact]
    public async Task Without_a_body_too_and_by_many_at_once_an_invitation_is_accepted_once()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var path = $"tenant/account/{(await Invite(provider, providerId, tenant.Org))["id"]}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => tenant.Send(HttpMethod.Patch, path)));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.Is(400));
        Assert.Equal(2, (await tenant.Get($"{path}?tenantId={tenantId}")).Is(200)["statusHistory"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_not_the_callers_to_accept_does_not_exist()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, _) = await host.Tenant();
        var (stranger, _) = await host.Tenant();
        var path = $"tenant/account/{(await Invite(provider, providerId, tenant.Org))["id"]}";
        (await stranger.Patch(path, new { })).Is(404);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Patch(path, new { })).Is(404);
        (await tenant.Patch($"tenant/account/{Guid.NewGuid()}", new { })).Is(404);
        (await tenant.Patch("tenant/account/x", new { })).Is(400);
        (await provider.Patch(path, new { })).Is(403);
    }

    [Fact]
    public async Task Each_side_lists_its_own_and_names_itself()
    {
        var (provider, providerId) = await host.Provider();
        var (other, otherId) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var (neighbour, neighbourId) = await host.Tenant();
        var one = await Invite(provider, providerId, tenant.Org);
        await Invite(provider, providerId, neighbour.Org);
        await Invite(other, otherId, tenant.Org);
        (await tenant.Patch($"tenant/account/{one["id"]}", new { })).Is(200);

        var mine = await provider.Get($"tenant/account?infrastructureProviderId={providerId}");
        Assert.Equal($"{tenant.Org},{neighbour.Org}", Orgs(mine));
        Assert.Equal(2, mine.Total);
        Assert.NotNull(mine.Items()[0]!["tenantContact"]);
        Assert.False(mine.Items()[0]!.AsObject().ContainsKey("tenant"));
        Assert.Equal(Orgs(mine), Orgs(await host.As(provider.Org, "PROVIDER_VIEWER").Get($"tenant/account?infrastructureProviderId={providerId}")));
        Assert.Equal(tenant.Org, Orgs(await provider.Get($"tenant/account?infrastructureProviderId={providerId}&tenantId={tenantId}")));
        Assert.Equal(
            [providerId, otherId],
            (await tenant.Get($"tenant/account?tenantId={tenantId}")).Items().Select(account => account!["infrastructureProviderId"].Id()));
        Assert.Equal(tenant.Org, Orgs(await tenant.Get($"tenant/account?tenantId={tenantId}&infrastructureProviderId={otherId}")));

        foreach (var query in new[] { "?infrastructureProviderId=x", "?tenantId=x", $"?infrastructureProviderId={Guid.NewGuid()}", $"?infrastructureProviderId={otherId}", $"?tenantId={tenantId}" })
        {
            (await provider.Get("tenant/account" + query)).Is(400);
        }

        (await tenant.Get($"tenant/account?tenantId={neighbourId}")).Is(400);

        // Nobody named: all that the caller's roles let it see.
        Assert.Equal(Orgs(mine), Orgs(await provider.Get("tenant/account")));
        Assert.Equal(Orgs(mine), Orgs(await host.As(provider.Org, "PROVIDER_VIEWER").Get("tenant/account")));
        Assert.Equal(
            [providerId, otherId], (await tenant.Get("tenant/account")).Items().Select(account => account!["infrastructureProviderId"].Id()));
        Assert.Equal(tenant.Org, Orgs(await provider.Get("tenant/account?status=Ready")));
        (await host.As(provider.Org, "SOMETHING").Get("tenant/account")).Is(403);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("tenant/account")).Is(400);
        var (ofTenant, ofTenantId) = await host.Provider(tenant.Org);
        await Invite(ofTenant, ofTenantId, "guest-" + tenant.Org);
        var both = host.As(tenant.Org, "PROVIDER_VIEWER", "TENANT_ADMIN");
        Assert.Equal(
            [providerId, otherId, ofTenantId], (await both.Get("tenant/account")).Items().Select(account => account!["infrastructureProviderId"].Id()));
        Assert.Equal(2, (await tenant.Get("tenant/account")).Total);
        Assert.Equal(1, (await ofTenant.Get("tenant/account")).Total);

        // The provider is the org's, the role is not.
        (await host.As(provider.Org, "TENANT_ADMIN").Get($"tenant/account?infrastructureProviderId={providerId}")).Is(403);
        (await host.As(tenant.Org, "PROVIDER_ADMIN").Get($"tenant/account?tenantId={tenantId}")).Is(403);
    }

    [Fact]
    public async Task One_account_is_for_its_two_sides_and_for_whoever_names_them_rightly()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var (stranger, strangerId) = await host.Tenant();
        var (_, otherId) = await host.Provider();
        var path = $"tenant/account/{(await Invite(provider, providerId, tenant.Org))["id"]}";
        foreach (var query in new[] { $"infrastructureProviderId={providerId}", $"infrastructureProviderId={providerId}&tenantId={tenantId}" })
        {
            (await provider.Get($"{path}?{query}")).Is(200);
        }

        (await tenant.Get($"{path}?tenantId={tenantId}")).Is(200);
        (await tenant.Get($"{path}?tenantId={tenantId}&infrastructureProviderId={providerId}")).Is(200);
        foreach (var client in new[] { provider, tenant, host.As(provider.Org, "PROVIDER_VIEWER") })
        {
            (await client.Get(path)).Is(200);
        }

        (await provider.Get($"{path}?infrastructureProviderId=x")).Fails(400, "infrastructureProviderId");
        (await provider.Get($"{path}?infrastructureProviderId={providerId}&includeRelation=Site")).Fails(400, "includeRelation");
        (await provider.Get($"tenant/account/x?infrastructureProviderId={providerId}")).Is(400);
        (await provider.Get($"tenant/account/{Guid.NewGuid()}?infrastructureProviderId={providerId}")).Is(404);
        (await provider.Get($"{path}?infrastructureProviderId={otherId}")).Is(404);
        (await provider.Get($"{path}?infrastructureProviderId={providerId}&tenantId={strangerId}")).Is(404);

        // The account's ids, of either side.
        (await provider.Get($"{path}?tenantId={tenantId}")).Is(200);
        (await tenant.Get($"{path}?infrastructureProviderId={providerId}")).Is(200);
        (await host.As(provider.Org, "TENANT_ADMIN").Get(path)).Is(403);
        (await stranger.Get(path)).Is(404);
        (await host.As(provider.Org, "TENANT_ADMIN").Get($"{path}?infrastructureProviderId={providerId}")).Is(403);

        // To a third org there is no such account.
        (await stranger.Get($"{path}?infrastructureProviderId={providerId}")).Is(404);
        (await stranger.Get($"{path}?tenantId={strangerId}")).Is(404);
    }

    [Fact]
    public async Task Lists_filter_search_and_embed()
    {
        var (provider, providerId) = await host.Provider();
        var mark = Guid.NewGuid().ToString("N")[..8];
        var (tenant, tenantId) = await host.Tenant(TestHost.NewOrg("alpha-" + mark));
        var waiting = await Invite(provider, providerId, "beta-" + mark);
        var ready = await Invite(provider, providerId, tenant.Org);
        (await tenant.Patch($"tenant/account/{ready["id"]}", new { })).Is(200);
        (await host.Host.Bearing(tenant.Org, host.Host.Token(tenant.Org.ToUpperInvariant(), "TENANT_ADMIN")).Get("tenant/current")).Is(200);
        var list = $"tenant/account?infrastructureProviderId={providerId}";

        Assert.Equal(tenant.Org, Orgs(await provider.Get(list + "&status=Ready")));
        Assert.Equal("beta-" + mark, Orgs(await provider.Get(list + "&status=Invited")));
        Assert.Empty((await provider.Get(list + "&status=Pending")).Items());
        (await provider.Get(list + "&status=BadStatus")).Fails(400, "status");
        Assert.Equal("beta-" + mark, Orgs(await provider.Get($"{list}&query={waiting["accountNumber"]}")));
        Assert.Equal(tenant.Org, Orgs(await provider.Get($"{list}&query={tenant.Org.ToUpperInvariant()[..14]}")));
        Assert.Equal(2, (await provider.Get($"{list}&query={mark}")).Total);
        Assert.Equal(2, (await provider.Get($"{list}&query=%20%20")).Total);
        Assert.Equal(0, (await provider.Get($"{list}&query=nobody")).Total);
        Assert.Equal(0, (await provider.Get($"{list}&query=%25&status=Ready")).Total);
        Assert.Equal(tenant.Org, Orgs(await provider.Get($"{list}&query={mark}&status=Ready")));

        var both = (await provider.Get(list + "&includeRelation=InfrastructureProvider&includeRelation=Tenant&includeRelation=TenantContact&status=Ready")).Items()[0]!;
        Assert.Equal(providerId, both["infrastructureProvider"]!["id"].Id());
        Assert.Equal(tenantId, both["tenant"]!["id"].Id());
        (await provider.Get(list + "&includeRelation=Site")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task Every_order_is_one()
    {
        var (provider, providerId) = await host.Provider();
        List<ApiClient> tenants = [];
        foreach (var name in new[] { "gamma", "alpha", "beta" })
        {
            tenants.Add((await host.Tenant(TestHost.NewOrg(name))).Client);
            var id = (await Invite(provider, providerId, tenants[^1].Org))["id"];
            if (name != "beta")
            {
                (await tenants[^1].Patch($"tenant/account/{id}", new { })).Is(200);
            }
        }

        await Invite(provider, providerId, TestHost.NewOrg("no-tenant"));
        var list = $"tenant/account?infrastructureProviderId={providerId}";
        foreach (var (order, expected) in new[]
        {
            ("CREATED", "gamma,alpha,beta,no"), ("UPDATED", "gamma,alpha,beta,no"), ("STATUS", "beta,no,gamma,alpha"),
            ("TENANT_ORG_NAME", "alpha,beta,gamma,no"), ("TENANT_ORG_DISPLAY_NAME", "alpha,beta,gamma,no"), ("TENANT_CONTACT_FULL_NAME", "alpha,gamma,beta,no"),
        })
        {
            var up = (await provider.Get($"{list}&orderBy={order}_ASC")).Items();
            Assert.Equal(expected, string.Join(",", up.Select(account => account!["tenantOrg"].Text().Split('-')[0])));
            Assert.Equal(order.StartsWith("TENANT_ORG", StringComparison.Ordinal), up[0]!.AsObject().ContainsKey("tenant"));
            Assert.Equal(4, (await provider.Get($"{list}&orderBy={order}_DESC&includeRelation=Tenant")).Items().Count);
        }

        var numbers = (await provider.Get(list + "&orderBy=ACCOUNT_NUMBER_DESC")).Items().Select(account => account!["accountNumber"].Text()).ToArray();
        Assert.Equal(numbers.OrderDescending(StringComparer.Ordinal), numbers);
        Assert.Equal(4, (await provider.Get(list + "&orderBy=TENANT_CONTACT_EMAIL_ASC")).Items().Count);
        Assert.StartsWith("no-", Orgs(await provider.Get(list + "&pageSize=1&orderBy=CREATED_DESC")), StringComparison.Ordinal);
        (await provider.Get(list + "&orderBy=TEST_ASC")).Fails(400, "OrderByStr");
    }

    [Fact]
    public async Task An_account_goes_with_its_provider_s_word_and_the_org_can_be_invited_again()
    {
        var (provider, providerId) = await host.Provider();
        var (tenant, _) = await host.Tenant();
        foreach (var state in new[] { "unlinked", "Invited", "Ready" })
        {
            var org = state == "unlinked" ? TestHost.NewOrg("tenant") : tenant.Org;
            var path = $"tenant/account/{(await Invite(provider, providerId, org))["id"]}";
            if (state == "Ready")
            {
                (await tenant.Patch(path, new { })).Is(200);
            }

            var (other, _) = await host.Provider();
            (await other.Delete(path)).Is(404);
            (await tenant.Delete(path)).Is(403);
            (await provider.Delete(path)).Is(202);
            (await provider.Delete(path)).Is(404);
            (await provider.Get($"{path}?infrastructureProviderId={providerId}")).Is(404);
            await Invite(provider, providerId, org);
            (await provider.Delete($"tenant/account/{(await provider.Get($"tenant/account?infrastructureProviderId={providerId}")).Items()[0]!["id"]}")).Is(202);
        }

        (await provider.Delete("tenant/account/x")).Is(400);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Delete($"tenant/account/{Guid.NewGuid()}")).Is(400);
    }

    [Fact]
    public async Task Allocations_of_the_two_are_counted_and_keep_their_account()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=1", routedOnly: true);
        var providerId = (await world.Client.Get("infrastructure-provider/current")).Is(200)["id"].Id();
        var (tenant, tenantId) = await host.Tenant();
        var path = $"tenant/account/{(await Invite(world.Client, providerId, tenant.Org))["id"]}";
        await world.Give(tenantId);
        await world.Give(tenantId);
        foreach (var answer in new[]
        {
            await world.Client.Get($"{path}?infrastructureProviderId={providerId}"),
            await tenant.Get($"{path}?tenantId={tenantId}"),
            await tenant.Patch(path, new { }),
        })
        {
            Assert.Equal(2, answer.Is(200)["allocationCount"].Number());
        }

        // The provider is a tenant of its own as well, which has an allocation of its own.
        var counts = (await world.Client.Get($"tenant/account?infrastructureProviderId={providerId}")).Items()
            .ToDictionary(account => account!["tenantOrg"].Text(), account => account!["allocationCount"].Number());
        Assert.Equal((1, 2), (counts[world.Client.Org], counts[tenant.Org]));
        (await world.Client.Delete(path)).Is(400);
        foreach (var allocation in (await world.Client.Get($"allocation?tenantId={tenantId}")).Items())
        {
            (await world.Client.Delete($"allocation/{allocation!["id"]}")).Is(202);
        }

        (await world.Client.Delete(path)).Is(202);
    }

    [Fact]
    public async Task A_provider_need_not_name_itself_to_invite()
    {
        var (provider, providerId) = await host.Provider();
        var made = (await provider.Post("tenant/account", new { tenantOrg = TestHost.NewOrg("guest_1") })).Is(201);
        Assert.Equal(providerId, made["infrastructureProviderId"].Id());
        Assert.Equal("""[{"siteIds":[],"targetedInstanceCreation":false}]""", made["siteCapabilities"]!.ToJsonString());
    }
}
