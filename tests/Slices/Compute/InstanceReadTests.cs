using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Twelve instances that only look different: three in a second VPC, one in both, some on machines with InfiniBand.</summary>
public sealed class InstanceGallery(TestHost host) : IAsyncLifetime
{
    internal InstanceWorld World { get; private set; } = null!;

    internal Guid SecondVpc { get; private set; }

    /// <summary>By name.</summary>
    internal Dictionary<string, JsonNode> Instances { get; } = [];

    public async ValueTask InitializeAsync()
    {
        World = await InstanceWorld.Make(host.Host, "dgx-h100=4,r750=8");
        SecondVpc = await World.MakeVpc("FNN");
        var prefix = await World.MakePrefix(SecondVpc);
        var machines = World.Simulated.MachineIds;
        for (var i = 0; i < machines.Count; i++)
        {
            var order = World.Order(machines[i], $"view-{i:00}");
            order["description"] = i % 2 == 0 ? "even (number)" : "odd number";
            order["labels"] = new JsonObject { ["shelf"] = $"s{i}" };
            if (i == 0)
            {
                order["interfaces"] = new JsonArray(World.OnDpu(0), World.OnDpu(1, null, prefix));
                order["secondaryVpcIds"] = new JsonArray(SecondVpc);
            }
            else if (i <= 3)
            {
                (order["vpcId"], order["interfaces"]) = (SecondVpc, new JsonArray(World.OnPrefix(prefix)));
            }
            else if (i == 4)
            {
                order.Remove("operatingSystemId");
                order["ipxeScript"] = "#!ipxe";
            }

            await World.Client.Post("instance", order);
        }

        foreach (var item in (await World.Client.Eventually(
            "instance?pageSize=100",
            list => list.AsArray().Count == machines.Count && list.AsArray().All(i => i!["status"].Text() == "Ready" && i["interfaces"]!.AsArray().All(p => p!["status"].Text() == "Ready")))).AsArray())
        {
            Instances[item!["name"].Text()] = item;
        }
    }

    public ValueTask DisposeAsync() => World.DisposeAsync();
}

public sealed class InstanceReadTests(InstanceGallery gallery) : IClassFixture<InstanceGallery>
{
    private InstanceWorld World => gallery.World;

    private JsonNode this[int i] => gallery.Instances[$"view-{i:00}"];

    [Fact]
    public async Task One_instance_is_read_as_the_list_shows_it()
    {
        Assert.Equal(this[0].ToJsonString(), (await World.Get(this[0]["id"].Id())).ToJsonString());
        (await World.Client.Get("instance/one")).Fails(400, "instanceId");
        (await World.Client.Get($"instance/{Guid.CreateVersion7()}")).Is(404);
        (await World.Client.Get("instance/one?includeRelation=Nope")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task The_serial_console_is_at_the_sites_host()
    {
        Assert.Null(this[0]["serialConsoleUrl"]);
        await World.Sql("update hardware.site set serial_console_hostname = 'console.example.com' where id = @id", new { id = World.Site.Id });
        var shown = await World.Get(this[0]["id"].Id());
        Assert.Equal($"ssh://{this[0]["id"]}@console.example.com", shown["serialConsoleUrl"].Text());
        await World.Sql("update hardware.site set serial_console_hostname = null where id = @id", new { id = World.Site.Id });
    }

    [Fact]
    public async Task Related_objects_are_there_when_asked_for()
    {
        const string All = "includeRelation=InfrastructureProvider&includeRelation=Tenant&includeRelation=Site&includeRelation=InstanceType&includeRelation=Allocation"
            + "&includeRelation=VPC&includeRelation=Machine&includeRelation=OperatingSystem&includeRelation=NetworkSecurityGroup";
        var shown = (await World.Client.Get($"instance/{this[0]["id"]}?{All}")).Is(200);
        Assert.Equal(this[0]["infrastructureProviderId"].Id(), shown["infrastructureProvider"]!["id"]?.Id() ?? this[0]["infrastructureProviderId"].Id());
        Assert.Equal(World.Client.Org, shown["tenant"]!["org"].Text());
        Assert.Equal(World.Site.Name, shown["site"]!["name"].Text());
        Assert.Equal(World.Vpc, shown["vpc"]!["id"].Id());
        Assert.Equal(this[0]["machineId"].Text(), shown["machine"]!["id"].Text());
        Assert.Equal(World.System, shown["operatingSystem"]!["id"].Id());
        Assert.Null(shown["instanceType"]);
        Assert.Null(shown["networkSecurityGroup"]);
        Assert.Null(this[0]["vpc"]);
        Assert.NotNull((await World.Client.Get($"instance/{this[0]["id"]}?includeRelation=Vpc")).Is(200)["vpc"]);
        var list = (await World.Client.Get($"instance?pageSize=100&{All}")).Items();
        Assert.All(list, item => Assert.NotNull(item!["machine"]!["vendor"]));
        Assert.Null(list.Single(item => item!["name"].Text() == "view-04")!["operatingSystem"]);
        (await World.Client.Get("instance?includeRelation=Nope")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task Every_filter_finds_its_own()
    {
        var all = Enumerable.Range(0, 12).ToArray();
        await Finds("", all);
        await Finds($"infrastructureProviderId={this[0]["infrastructureProviderId"]}", all);
        await Finds($"siteId={World.Site.Id}", all);
        await Finds($"siteId={World.Site.Id}&siteId={World.Site.Id}", all);
        await Finds($"vpcId={gallery.SecondVpc}", 0, 1, 2, 3);
        await Finds($"vpcId={gallery.SecondVpc}&vpcId={World.Vpc}", all);
        await Finds($"vpcId={World.SwitchedVpc}");
        await Finds($"operatingSystemId={World.System}", [.. all.Where(i => i != 4)]);
        await Finds($"machineId={this[5]["machineId"]}", 5);
        await Finds($"machineId={this[5]["machineId"]}&machineId={this[7]["machineId"]}&machineId=nobody", 5, 7);
        await Finds("machineId=nobody");
        await Finds("networkSecurityGroupId=group-1");
        await Finds("name=view-03", 3);
        await Finds("name=VIEW-03");
        await Finds("status=Ready", all);
        await Finds("status=Pending&status=Ready", all);
        await Finds("status=Rebooting");
        await Finds("status=Terminating");
        await Finds($"ipAddress={Address(6)}", 6);
        await Finds($"ipAddress={Address(6)}&ipAddress={Address(8)}", 6, 8);
        await Finds($"ipAddress={this[0]["interfaces"]![1]!["ipAddresses"]![0]}", 0);
        await Finds("ipAddress=10.255.255.255");
        await Finds($"vpcId={gallery.SecondVpc}&name=view-02&status=Ready", 2);
        await Finds($"vpcId={gallery.SecondVpc}&name=view-05");
    }

    [Theory]
    [InlineData("query=view-03", 3)]
    [InlineData("query=VIEW-03", 3)]
    [InlineData("query=ew-0", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)]
    [InlineData("query=s11", 11)]
    [InlineData("query=Ready", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    [InlineData("query=even", 0, 2, 4, 6, 8, 10)]
    [InlineData("query=(number)", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    [InlineData("query=%20%20", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
    [InlineData("query=nothing-like-this")]
    [InlineData("query=%27%3A%3C%25_")]
    [InlineData("query=view-03&status=Ready", 3)]
    [InlineData("query=view-03&status=Error")]
    public async Task A_search_finds_words_and_parts(string query, params int[] found) => await Finds(query, found);

    [Theory]
    [InlineData("siteId=x", 400, "siteId")]
    [InlineData("vpcId=x", 400, "vpcId")]
    [InlineData("instanceTypeId=x", 400, "instanceTypeId")]
    [InlineData("operatingSystemId=x", 400, "operatingSystemId")]
    [InlineData("infrastructureProviderId=x", 400, "infrastructureProviderId")]
    [InlineData("status=BadStatus", 400, "status")]
    [InlineData("status=Unknown", 400, "status")]
    [InlineData("orderBy=NAME", 400, "OrderByStr")]
    [InlineData("orderBy=SIZE_ASC", 400, "OrderByStr")]
    [InlineData("pageNumber=-1", 400, "PageNumber")]
    [InlineData("pageSize=101", 400, "PageSize")]
    public async Task A_wrong_parameter_is_named(string query, int status, string field) => (await World.Client.Get("instance?" + query)).Fails(status, field);

    [Fact]
    public async Task Unknown_and_foreign_ids_in_filters_answer_alike()
    {
        await using var foreign = await InstanceWorld.Make(World.Host, "dgx-h100=1");
        foreach (var id in new[] { Guid.CreateVersion7(), foreign.Site.Id })
        {
            (await World.Client.Get($"instance?siteId={id}")).Fails(400, "siteId");
        }

        (await World.Client.Get($"instance?infrastructureProviderId={Guid.CreateVersion7()}")).Fails(400, "infrastructureProviderId");
        (await World.Client.Get($"instance?vpcId={Guid.CreateVersion7()}")).Fails(400, "vpcId");
        (await World.Client.Get($"instance?vpcId={foreign.Vpc}")).Fails(400, "vpcId");
        (await World.Client.Get($"instance?operatingSystemId={Guid.CreateVersion7()}")).Fails(400, "operatingSystemId");
        (await World.Client.Get($"instance?operatingSystemId={foreign.System}")).Fails(400, "operatingSystemId");
        (await World.Client.Get($"instance?instanceTypeId={Guid.CreateVersion7()}")).Fails(400, "instanceTypeId");
        Assert.Equal(0, (await foreign.Client.Get("instance")).Total);
    }

    [Fact]
    public async Task Every_order_is_total_and_pages_hold_together()
    {
        foreach (var (order, key) in new (string, Func<JsonNode, string>)[]
        {
            ("NAME", item => item["name"].Text()),
            ("STATUS", item => item["status"].Text()),
            ("CREATED", item => item["created"].Text()),
            ("UPDATED", item => item["updated"].Text()),
            ("MACHINE_ID", item => item["machineId"].Text()),
            ("TENANT_ORG_DISPLAY_NAME", _ => ""),
            ("INSTANCE_TYPE_NAME", _ => ""),
            ("HAS_INFINIBAND", item => HasInfiniBand(item) ? "0" : "1"),
        })
        {
            var ascending = (await World.Client.Get($"instance?pageSize=100&orderBy={order}_ASC")).Items().ToArray();
            var descending = (await World.Client.Get($"instance?pageSize=100&orderBy={order}_DESC")).Items().ToArray();
            Assert.Equal(Sorted(ascending, key, false), ascending.Select(item => item!["name"].Text()));
            Assert.Equal(Sorted(descending, key, true), descending.Select(item => item!["name"].Text()));
        }

        var first = await World.Client.Get("instance?pageSize=5&pageNumber=1");
        var third = await World.Client.Get("instance?pageSize=5&pageNumber=3");
        Assert.Equal((5, 2, 12), (first.Items().Count, third.Items().Count, third.Total));
        Assert.Equal("""{"pageNumber":3,"pageSize":5,"total":12,"orderBy":null}""", third.Pagination.ToJsonString());
        Assert.Equal(["view-10", "view-11"], third.Items().Select(item => item!["name"].Text()));
        var beyond = await World.Client.Get("instance?pageSize=5&pageNumber=9");
        Assert.Equal((0, 12), (beyond.Items().Count, beyond.Total));

        static IEnumerable<string> Sorted(JsonNode?[] items, Func<JsonNode, string> key, bool descending)
        {
            var byCreation = items.OrderBy(item => item!["created"].Text(), StringComparer.Ordinal).ThenBy(item => item!["id"].Text(), StringComparer.Ordinal);
            return (descending
                ? byCreation.OrderByDescending(item => key(item!), StringComparer.Ordinal)
                : byCreation.OrderBy(item => key(item!), StringComparer.Ordinal)).Select(item => item!["name"].Text());
        }

        bool HasInfiniBand(JsonNode item) => World.Simulated.Machine(item["machineId"].Text())!.Capabilities.Infiniband.Count > 0;
    }

    [Fact]
    public async Task A_history_is_paged_and_ordered()
    {
        var id = this[9]["id"].Id();
        for (var i = 0; i < 26; i++)
        {
            await World.Sql(
                "insert into compute.status_history (id, kind, resource_id, status, message, created) values (gen_random_uuid(), 'instance', @id, 'Ready', @message, @at)",
                new { id = id.ToString(), message = $"entry {i}", at = DateTime.UtcNow.AddSeconds(-1000 + i) });
        }

        var all = (await World.Client.Get($"instance/{id}/status-history?pageSize=100")).Items();
        Assert.Equal(30, all.Count);
        var page = await World.Client.Get($"instance/{id}/status-history");
        Assert.Equal((20, 30), (page.Items().Count, page.Total));
        Assert.Equal(all.Take(20).Select(entry => entry!.ToJsonString()), page.Items().Select(entry => entry!.ToJsonString()));
        Assert.Equal(20, (await World.Get(id))["statusHistory"]!.AsArray().Count);
        Assert.True(all.Zip(all.Skip(1)).All(pair => pair.First!["created"].Time() >= pair.Second!["created"].Time()));
        var oldest = (await World.Client.Get($"instance/{id}/status-history?orderBy=CREATED_ASC&pageSize=1")).Items()[0]!;
        Assert.Equal("entry 0", oldest["message"].Text());
        Assert.Equal("BootCompleted", (await World.Client.Get($"instance/{id}/status-history?orderBy=STATUS_ASC&pageSize=1")).Items()[0]!["status"].Text());
        (await World.Client.Get($"instance/{id}/status-history?orderBy=UPDATED_DESC")).Is(200);
        (await World.Client.Get($"instance/{id}/status-history?orderBy=NAME_ASC")).Fails(400, "OrderByStr");
        (await World.Client.Get($"instance/{id}/status-history?pageSize=101")).Fails(400, "PageSize");
        (await World.Client.Get("instance/one/status-history")).Fails(400, "instanceId");
        (await World.Client.Get($"instance/{Guid.CreateVersion7()}/status-history")).Is(404);
    }

    [Fact]
    public async Task Interfaces_are_listed_filtered_and_related()
    {
        var path = $"instance/{this[0]["id"]}/interface";
        var list = await World.Client.Get(path);
        Assert.Equal(2, list.Total);
        Assert.Equal([0, 1], list.Items().Select(i => i!["deviceInstance"].Number()));
        Assert.All(list.Items(), i => Assert.True(i!["instance"] is null && i["vpcprefix"] is null && i["subnet"] is null));
        Assert.All(list.Items(), i => Assert.Equal(this[0]["id"].Id(), i!["instanceId"].Id()));
        var related = (await World.Client.Get(path + "?includeRelation=Instance&includeRelation=VpcPrefix&includeRelation=Subnet")).Items()[0]!;
        Assert.Equal(("view-00", "Ready"), (related["instance"]!["name"].Text(), related["instance"]!["status"].Text()));
        Assert.Equal(World.Prefix, related["vpcprefix"]!["id"].Id());
        Assert.Equal(2, (await World.Client.Get(path + "?status=Ready")).Total);
        Assert.Equal(0, (await World.Client.Get(path + "?status=Deleting")).Total);
        var second = await World.Client.Get(path + "?pageSize=1&pageNumber=2&orderBy=CREATED_ASC");
        Assert.Equal((1, 2), (Assert.Single(second.Items())!["deviceInstance"].Number(), second.Total));
        foreach (var order in new[] { "STATUS_ASC", "STATUS_DESC", "CREATED_DESC", "UPDATED_ASC", "UPDATED_DESC" })
        {
            Assert.Equal(2, (await World.Client.Get($"{path}?orderBy={order}")).Items().Count);
        }

        (await World.Client.Get(path + "?status=Broken")).Fails(400, "status");
        (await World.Client.Get(path + "?includeRelation=Site")).Fails(400, "includeRelation");
        (await World.Client.Get(path + "?orderBy=NAME_ASC")).Fails(400, "OrderByStr");
        (await World.Client.Get(path + "?pageNumber=-1")).Fails(400, "PageNumber");
        (await World.Client.Get("instance/one/interface")).Fails(400, "instanceId");
        (await World.Client.Get($"instance/{Guid.CreateVersion7()}/interface")).Is(404);
    }

    private string Address(int i) => this[i]["interfaces"]![0]!["ipAddresses"]![0].Text();

    private async Task Finds(string query, params int[] found)
    {
        var answer = await World.Client.Get($"instance?pageSize=100&orderBy=NAME_ASC&{query}");
        Assert.Equal(found.Select(i => $"view-{i:00}"), answer.Items().Select(item => item!["name"].Text()));
        Assert.Equal(found.Length, answer.Total);
    }
}
