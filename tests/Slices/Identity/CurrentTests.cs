using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Identity;

/// <summary>Who am I, and as what do I act? spec/10-identity.md, section 9.</summary>
public sealed class CurrentTests(TestHost host)
{
    private readonly IdentityWorld _world = new(host);

    [Fact]
    public async Task Metadata_is_there_for_any_member()
    {
        var metadata = (await host.As(TestHost.NewOrg(), "WHATEVER").Get("metadata")).Is(200);
        Assert.Equal(["version", "buildTime", "buildVersion"], metadata.AsObject().Select(member => member.Key));
        Assert.Equal("1.6.0", metadata["version"].Text());
        Assert.All(metadata.AsObject(), member => Assert.NotEqual("", member.Value.Text()));
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").In(TestHost.NewOrg()).Get("metadata")).Is(401);
    }

    [Fact]
    public async Task A_member_with_any_role_is_told_who_it_is()
    {
        var org = TestHost.NewOrg();
        var user = (await host.As(org, "SOMETHING").Get("user/current")).Is(200);
        Assert.Equal(["id", "email", "firstName", "lastName", "created", "updated"], user.AsObject().Select(member => member.Key));
        Assert.Equal($"{org}-user", user["firstName"].Text());
        Assert.Null(user["email"]);
        Assert.Equal(user["id"].Id(), (await host.As(org, "TENANT_ADMIN").Get("user/current")).Is(200)["id"].Id());
        (await host.As(org, "TENANT_ADMIN").In(TestHost.NewOrg()).Get("user/current")).Is(401);
    }

    [Fact]
    public async Task The_provider_is_made_once_and_for_viewers_too()
    {
        var org = TestHost.NewOrg();
        var made = (await host.As(org, "PROVIDER_VIEWER").Get("infrastructure-provider/current")).Is(200);
        var found = (await host.As(org, "PROVIDER_ADMIN").Get("infrastructure-provider/current")).Is(200);
        Assert.Equal(made.ToJsonString(), found.ToJsonString());
        Assert.Equal(org, made["org"].Text());
        Assert.Equal(org, made["orgDisplayName"].Text());
        (await host.As(org, "TENANT_ADMIN").Get("infrastructure-provider/current")).Is(403);
        (await host.As(org, "SOMETHING").Get("infrastructure-provider/current")).Is(403);
    }

    [Fact]
    public async Task The_tenant_is_made_once_and_without_privileges()
    {
        var org = TestHost.NewOrg();
        var made = (await host.As(org, "TENANT_ADMIN").Get("tenant/current")).Is(200);
        Assert.Equal(made.ToJsonString(), (await host.As(org, "FORGE_TENANT_ADMIN").Get("tenant/current")).Is(200).ToJsonString());
        Assert.Equal(org, made["orgDisplayName"].Text());
        Assert.False(made["capabilities"]!["targetedInstanceCreation"].Flag());
        (await host.As(org, "PROVIDER_ADMIN").Get("tenant/current")).Is(403);
        (await host.As(org, "PROVIDER_VIEWER").Get("tenant/current")).Is(403);
    }

    [Theory]
    [InlineData("infrastructure-provider/current", "infrastructure_provider", "PROVIDER_ADMIN")]
    [InlineData("tenant/current", "tenant", "TENANT_ADMIN")]
    public async Task First_calls_at_the_same_time_make_one_row(string path, string table, string role)
    {
        var org = TestHost.NewOrg();
        var client = host.As(org, role);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.Get(path)));
        Assert.Single(answers.Select(answer => answer.Is(200)["id"].Id()).Distinct());
        Assert.Equal(1, await _world.Count(table, org));
    }

    [Theory]
    [InlineData("infrastructure-provider/current", "PROVIDER_ADMIN")]
    [InlineData("tenant/current", "TENANT_ADMIN")]
    public async Task The_display_name_follows_the_token_and_moves_updated(string path, string role)
    {
        // The development issuer's display name is the org as the token spells it.
        var org = TestHost.NewOrg();
        var first = (await host.As(org, role).Get(path)).Is(200);
        var upper = host.Host.Bearing(org, host.Host.Token(org.ToUpperInvariant(), role));
        var second = (await upper.Get(path)).Is(200);
        Assert.Equal(org, second["org"].Text());
        Assert.Equal(org.ToUpperInvariant(), second["orgDisplayName"].Text());
        Assert.Equal(first["id"].Id(), second["id"].Id());
        Assert.Equal(first["created"].Text(), second["created"].Text());
        Assert.True(second["updated"].Time() > first["updated"].Time());
        Assert.Equal(second.ToJsonString(), (await upper.Get(path)).Is(200).ToJsonString());
    }

    [Fact]
    public async Task A_new_tenant_is_linked_to_the_accounts_that_wait_for_its_org()
    {
        var org = TestHost.NewOrg();
        var (_, one) = await host.Provider();
        var (_, two) = await host.Provider();
        var waiting = new[] { await _world.Account(one, org, "Invited"), await _world.Account(two, org, "Ready") };
        var deleted = await _world.Account(two, org, "Invited", deleted: true);
        var strangers = await _world.Account(one, org + "-other", "Invited");
        var tenant = (await host.As(org, "TENANT_ADMIN").Get("tenant/current")).Is(200)["id"].Id();
        foreach (var account in waiting)
        {
            Assert.Equal(tenant, (await _world.Account(account)).TenantId);
        }

        Assert.Equal("Invited", (await _world.Account(waiting[0])).Status);
        Assert.Null((await _world.Account(deleted)).TenantId);
        Assert.Null((await _world.Account(strangers)).TenantId);
    }
}

/// <summary>spec/10-identity.md, sections 3 and 9.</summary>
public sealed class ServiceAccountTests(TestHost host)
{
    private readonly IdentityWorld _world = new(host);

    [Fact]
    public async Task The_first_call_makes_provider_tenant_and_account_and_later_calls_find_them()
    {
        var org = TestHost.NewOrg();
        var client = host.Host.AsServiceAccount(org);
        var first = (await client.Get("service-account/current")).Is(200);
        var second = (await client.Get("service-account/current")).Is(200);

        Assert.True(first["enabled"].Flag());
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
        var provider = (await client.Get("infrastructure-provider/current")).Is(200);
        Assert.Equal(first["infrastructureProviderId"].Id(), provider["id"].Id());
        var tenant = (await client.Get("tenant/current")).Is(200);
        Assert.Equal(first["tenantId"].Id(), tenant["id"].Id());
        Assert.True(tenant["capabilities"]!["targetedInstanceCreation"].Flag());
        var account = Assert.Single(await _world.AccountsOf(org));
        Assert.Equal(("Ready", (Guid?)tenant["id"].Id(), provider["id"].Id(), 0L), (account.Status, account.TenantId, account.ProviderId, account.History));
        Assert.Matches("^nico-[0-9a-f]{32}$", account.Number);
    }

    [Fact]
    public async Task An_ordinary_token_is_told_so_and_writes_nothing()
    {
        var org = TestHost.NewOrg();
        foreach (var role in new[] { "PROVIDER_ADMIN", "TENANT_ADMIN", "WHATEVER" })
        {
            Assert.Equal(
                """{"enabled":false,"infrastructureProviderId":null,"tenantId":null}""",
                (await host.As(org, role).Get("service-account/current")).Is(200).ToJsonString());
        }

        Assert.Equal(0, await _world.Count("infrastructure_provider", org));
        Assert.Equal(0, await _world.Count("tenant", org));
    }

    [Fact]
    public async Task What_the_org_has_already_is_kept_and_its_tenant_becomes_privileged()
    {
        var org = TestHost.NewOrg();
        var tenant = (await host.As(org, "TENANT_ADMIN").Get("tenant/current")).Is(200);
        var provider = (await host.As(org, "PROVIDER_ADMIN").Get("infrastructure-provider/current")).Is(200);
        var account = (await host.Host.AsServiceAccount(org).Get("service-account/current")).Is(200);
        Assert.Equal(tenant["id"].Id(), account["tenantId"].Id());
        Assert.Equal(provider["id"].Id(), account["infrastructureProviderId"].Id());
        var now = (await host.As(org, "TENANT_ADMIN").Get("tenant/current")).Is(200);
        Assert.True(now["capabilities"]!["targetedInstanceCreation"].Flag());
    }

    [Fact]
    public async Task An_invitation_of_the_own_org_is_accepted_and_others_are_linked()
    {
        var org = TestHost.NewOrg();
        var own = (await host.As(org, "PROVIDER_ADMIN").Get("infrastructure-provider/current")).Is(200)["id"].Id();
        var (_, other) = await host.Provider();
        var invited = await _world.Account(own, org, "Invited");
        var foreign = await _world.Account(other, org, "Invited");
        var tenant = (await host.Host.AsServiceAccount(org).Get("service-account/current")).Is(200)["tenantId"].Id();

        Assert.Equal(("Ready", (Guid?)tenant, 1L), await State(invited));
        // Another provider's invitation waits for the tenant to accept it.
        Assert.Equal(("Invited", (Guid?)tenant, 0L), await State(foreign));
        Assert.Equal(2, (await _world.AccountsOf(org)).Count);
    }

    [Fact]
    public async Task First_calls_at_the_same_time_make_one_of_each()
    {
        var org = TestHost.NewOrg();
        var client = host.Host.AsServiceAccount(org);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).SelectMany(_ => new[] { client.Get("service-account/current"), client.Get("tenant/current") }));
        Assert.Single(answers.Where((_, i) => i % 2 == 0).Select(answer => answer.Is(200).ToJsonString()).Distinct());
        Assert.Single(answers.Where((_, i) => i % 2 == 1).Select(answer => answer.Is(200)["id"].Id()).Distinct());
        Assert.Equal(1, await _world.Count("infrastructure_provider", org));
        Assert.Equal(1, await _world.Count("tenant", org));
        Assert.Single(await _world.AccountsOf(org));
    }

    [Fact]
    public async Task A_service_account_of_another_org_is_nobody_here() =>
        (await host.Host.AsServiceAccount(TestHost.NewOrg()).In(TestHost.NewOrg()).Get("service-account/current")).Is(401);

    private async Task<(string Status, Guid? TenantId, long History)> State(Guid id)
    {
        var account = await _world.Account(id);
        return (account.Status, account.TenantId, account.History);
    }
}
