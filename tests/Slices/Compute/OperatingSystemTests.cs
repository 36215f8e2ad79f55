using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Operating systems: spec/32-operating-system.md, sections 3.1, 4 and 8.</summary>
public sealed class OperatingSystemTests(TestHost host)
{
    private const string Script = "#!ipxe\nkernel http://boot/vmlinuz\nboot";

    [Fact]
    public async Task An_operating_system_that_is_booted_by_script_is_ready_at_once()
    {
        var (api, tenantId) = await host.Tenant();
        var system = (await api.Post("operating-system", new
        {
            name = "ubuntu",
            description = "noble",
            tenantId,
            siteIds = Array.Empty<Guid>(),
            ipxeScript = Script,
            userData = "test",
            isCloudInit = true,
            allowOverride = true,
            phoneHomeEnabled = false,
            enableBlockStorage = false,
            imageDisk = "/dev/sda",
        })).Is(201);
        Assert.Equal("ubuntu", system["name"].Text());
        Assert.Equal("noble", system["description"].Text());
        Assert.Equal(tenantId, system["tenantId"].Id());
        Assert.Null(system["infrastructureProviderId"]);
        Assert.Equal("iPXE", system["type"].Text());
        Assert.Equal(Script, system["ipxeScript"].Text());
        Assert.Equal("test", system["userData"].Text());
        Assert.True(system["isCloudInit"].Flag());
        Assert.True(system["allowOverride"].Flag());
        Assert.True(system["isActive"].Flag());
        Assert.False(system["phoneHomeEnabled"].Flag());
        Assert.Null(system["deactivationNote"]);
        Assert.Null(system["imageDisk"]);
        Assert.Empty(system["siteAssociations"]!.AsArray());
        Assert.Equal("Ready", system["status"].Text());
        Assert.Equal(["Ready"], system.Statuses());
        Assert.False(system.AsObject().ContainsKey("tenant"));
        Assert.Equal(system.ToJsonString(), (await api.Get($"operating-system/{system["id"]}")).Is(200).ToJsonString());

        var least = (await api.Post("operating-system", new { name = "least", ipxeScript = "boot" })).Is(201);
        Assert.Null(least["userData"]);
        Assert.Null(least["description"]);
        foreach (var flag in new[] { "isCloudInit", "allowOverride", "phoneHomeEnabled" })
        {
            Assert.False(least[flag].Flag());
        }
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_made()
    {
        var (api, tenantId) = await host.Tenant();
        (await api.Post("operating-system", new { })).Fails(400, "name", "ipxeScript");
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", " os"), ("name", new string('x', 257)), ("name", 1), ("description", 1), ("infrastructureProviderId", Guid.NewGuid().ToString()), ("infrastructureProviderId", "x"),
            ("tenantId", Guid.NewGuid().ToString()), ("tenantId", "x"), ("tenantId", tenantId.ToString().ToUpperInvariant()), ("siteIds", new JsonArray(Guid.NewGuid().ToString())), ("siteIds", "x"),
            ("ipxeScript", ""), ("ipxeScript", 1), ("isCloudInit", "yes"), ("allowOverride", 1), ("phoneHomeEnabled", "true"), ("userData", 1), ("enableBlockStorage", true),
            ("ipxeTemplateId", Guid.NewGuid().ToString()), ("ipxeTemplateParameters", new JsonArray(new JsonObject { ["name"] = "a" })), ("ipxeTemplateParameters", new JsonArray()),
            ("ipxeTemplateArtifacts", new JsonArray(1)),
        })
        {
            var order = new JsonObject { ["name"] = "os", ["ipxeScript"] = Script };
            order[field] = value;
            (await api.Post("operating-system", order)).Fails(400, field);
        }

        (await api.Post("operating-system", new { name = "os", ipxeScript = Script, imageUrl = "http://images/os" })).Fails(400, "ipxeScript");
        (await api.Post("operating-system", new { name = "os", siteIds = new[] { "x" }, ipxeScript = Script })).Is(400);
        Assert.Equal(0, (await api.Get("operating-system")).Total);
    }

    [Fact]
    public async Task An_images_fields_are_checked_and_no_site_keeps_images()
    {
        var account = await host.ServiceAccount();
        var site = (await account.Client.Post("site", new { name = "site" })).Is(201)["id"].Text();
        JsonObject Order() => new()
        {
            ["name"] = "image",
            ["siteIds"] = new JsonArray(site),
            ["imageUrl"] = "https://images.example.com/os.img",
            ["imageSha"] = "0123abCD",
            ["imageAuthType"] = "Bearer",
            ["imageAuthToken"] = "secret",
            ["imageDisk"] = "/dev/nvme0n1",
            ["rootFsLabel"] = "root",
        };
        foreach (var (field, value, named) in new (string, JsonNode?, string)[]
        {
            ("siteIds", new JsonArray(), "siteIds"), ("siteIds", null, "siteIds"), ("siteIds", new JsonArray(site, site), "siteIds"), ("imageUrl", "", "imageUrl"), ("imageUrl", "//host/x", "imageUrl"),
            ("imageUrl", "not a url", "imageUrl"), ("imageUrl", "file:///etc/passwd", "imageUrl"), ("imageSha", null, "imageSha"), ("imageSha", "", "imageSha"), ("imageSha", "tttt", "imageSha"),
            ("imageAuthType", "Digest", "imageAuthType"), ("imageAuthType", null, "imageAuthType"), ("imageAuthToken", null, "imageAuthType"), ("imageDisk", "sda", "imageDisk"),
            ("imageDisk", "/dev/sda; rm", "imageDisk"), ("rootFsId", "both", "rootFsId"), ("rootFsLabel", null, "rootFsId"), ("siteIds", new JsonArray(Guid.NewGuid().ToString()), "siteIds"),
            ("siteIds", new JsonArray((JsonNode?)null), "siteIds"),
        })
        {
            var order = Order();
            order[field] = value;
            (await account.Client.Post("operating-system", order)).Fails(400, named);
        }

        // The tenant has no allocation at the site; with one, the site keeps no images.
        var refused = (await account.Client.Post("operating-system", Order())).Fails(400, "siteIds");
        Assert.DoesNotContain("secret", refused.ToJsonString());
        Assert.Equal(0, (await account.Client.Get("operating-system")).Total);
    }

    [Fact]
    public async Task A_name_is_taken_once_for_a_tenant()
    {
        var ((api, _), (other, _)) = (await host.Tenant(), await host.Tenant());
        (await other.Post("operating-system", new { name = "same", ipxeScript = Script })).Is(201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => api.Post("operating-system", new { name = "same", ipxeScript = Script })));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!;
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));
        (await api.Post("operating-system", new { name = "Same", ipxeScript = Script })).Is(201);
    }

    [Fact]
    public async Task An_operating_system_is_its_tenants_own()
    {
        var ((api, _), (other, otherId)) = (await host.Tenant(), await host.Tenant());
        var id = (await api.Post("operating-system", new { name = "own", ipxeScript = Script })).Is(201)["id"];
        (await other.Get($"operating-system/{id}")).Is(404);
        (await api.Post("operating-system", new { name = "others", ipxeScript = Script, tenantId = otherId })).Fails(400, "tenantId");
        Assert.Equal(0, (await other.Get("operating-system")).Total);
        (await host.As(api.Org, "PROVIDER_ADMIN").Get($"operating-system/{id}")).Is(403);
        (await host.As(api.Org, "PROVIDER_ADMIN").Get("operating-system")).Is(403);
        (await host.As(api.Org, "PROVIDER_ADMIN").Post("operating-system", new { name = "own2", ipxeScript = Script })).Is(403);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("operating-system")).Is(400);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get($"operating-system/{id}")).Is(400);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Post("operating-system", new { name = "own2", ipxeScript = Script })).Is(400);
        (await api.Get($"operating-system/{Guid.NewGuid()}")).Is(404);
        (await api.Get("operating-system/x")).Fails(400, "operatingSystemId");
        (await api.Get($"operating-system/{id}?includeRelation=Site")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_embeds()
    {
        var account = await host.ServiceAccount();
        var api = account.Client;
        (await api.Post("operating-system", new { name = "alpha_1", ipxeScript = Script, description = "running at 100%", isCloudInit = true })).Is(201);
        (await api.Post("operating-system", new { name = "beta", ipxeScript = Script })).Is(201);
        (await api.Post("operating-system", new { name = "gamma", ipxeScript = Script })).Is(201);
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", ["alpha_1", "beta", "gamma"]), ("type=iPXE", ["alpha_1", "beta", "gamma"]), ("type=Image", []), ("type=Image&type=iPXE", ["alpha_1", "beta", "gamma"]),
            ("status=Ready", ["alpha_1", "beta", "gamma"]), ("status=Error&status=Deactivated", []), ("query=run", ["alpha_1"]), ("query=_", ["alpha_1"]), ("query=%25", ["alpha_1"]),
            ("query=beta+gamma", ["beta", "gamma"]), ("query=beta+%26+gamma", []), ("query=error", []), ("query=beta+error", ["beta"]), ("query=ready", ["alpha_1", "beta", "gamma"]),
            ("query=%3C-%3E", []), ("orderBy=NAME_DESC", ["gamma", "beta", "alpha_1"]), ("orderBy=IS_CLOUD_INIT_DESC", ["alpha_1", "beta", "gamma"]),
            ("orderBy=VERSION_ASC", ["alpha_1", "beta", "gamma"]), ("orderBy=STATUS_DESC", ["alpha_1", "beta", "gamma"]), ("orderBy=UPDATED_DESC", ["gamma", "beta", "alpha_1"]),
            ("pageSize=1&pageNumber=2", ["beta"]),
        })
        {
            var answer = await api.Get("operating-system?" + query);
            Assert.True(expected.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        foreach (var (query, field) in new[]
        {
            ("siteId=x", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ("type=ISO", "type"), ("type=", "type"), ("status=BadRequest", "status"), ("orderBy=TEST_ASC", "OrderByStr"),
            ("pageSize=101", "PageSize"), ("includeRelation=Site", "includeRelation"),
        })
        {
            (await api.Get("operating-system?" + query)).Fails(400, field);
        }

        var related = (await api.Get("operating-system?includeRelation=Tenant&includeRelation=InfrastructureProvider")).Items()[0]!;
        Assert.Equal(account.TenantId, related["tenant"]!["id"].Id());
        Assert.True((await api.Get("operating-system")).Items()[0]!["isActive"].Flag());
    }

    /// <summary>Contract 2.0 says that there is exactly one site, also for what is booted by script.</summary>
    [Fact]
    public async Task A_site_beside_a_script_has_no_effect()
    {
        var account = await host.ServiceAccount();
        Guid[] sites = [.. await Task.WhenAll(new[] { "one", "two" }.Select(async name => (await account.Client.Post("site", new { name })).Is(201)["id"].Id()))];
        var made = (await account.Client.Post("operating-system", new { name = "os", ipxeScript = Script, siteIds = sites[..1] })).Is(201);
        Assert.Equal(("iPXE", "Ready"), (made["type"].Text(), made["status"].Text()));
        Assert.True(made["siteAssociations"] is null or JsonArray { Count: 0 });
        (await account.Client.Post("operating-system", new { name = "many", ipxeScript = Script, siteIds = sites })).Fails(400, "siteIds");
        (await account.Client.Patch($"operating-system/{made["id"]}", new { ipxeTemplateId = Guid.NewGuid() })).Fails(400, "ipxeTemplateId");
    }

    [Fact]
    public async Task A_page_has_twenty_and_what_is_booted_by_script_is_at_every_site()
    {
        var account = await host.ServiceAccount();
        var site = (await account.Client.Post("site", new { name = "site" })).Is(201)["id"].Id();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async i => (await account.Client.Post("operating-system", new { name = $"os-{i:00}", ipxeScript = Script })).Is(201)));
        var page = await account.Client.Get("operating-system");
        Assert.Equal(20, page.Items().Count);
        Assert.Equal(30, page.Total);
        Assert.Equal(["os-19", "os-18"], (await account.Client.Get("operating-system?orderBy=NAME_DESC&pageSize=10&pageNumber=2")).Items().Names().Take(2));
        Assert.Equal(30, (await account.Client.Get($"operating-system?siteId={site}")).Total);
        var block = (await account.Client.Post("ipblock", new
        {
            name = "pool",
            siteId = site,
            routingType = "Public",
            prefix = "10.0.0.0",
            prefixLength = 8,
            protocolVersion = "IPv4",
        })).Is(201);
        (await account.Client.Post("allocation", new
        {
            name = "own",
            siteId = site,
            tenantId = account.TenantId,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 } },
        })).Is(201);
        Assert.Equal(30, (await account.Client.Get($"operating-system?siteId={site}")).Total);
        Assert.Equal(0, (await account.Client.Get($"operating-system?siteId={site}&type=Image")).Total);
    }
}
