using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Operating systems whose image a site keeps: spec/32-operating-system.md, sections 4, 5 and 8, and spec/60-site-link.md, 6.6 and 8.6.</summary>
public sealed class OperatingSystemImageTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    private const string Kind = "os-image";

    [Fact]
    public async Task An_image_is_sent_to_its_site_with_all_that_is_said_of_it()
    {
        var tenant = await Tenant();
        var image = (await tenant.Client.Post("operating-system", Order(o =>
        {
            o["description"] = "noble";
            o["imageAuthType"] = "Bearer";
            o["imageAuthToken"] = "s3cret";
            o["imageDisk"] = "/dev/nvme0n1";
        }))).Is(201);
        Assert.Equal("Image", image["type"].Text());
        Assert.Equal("Ready", image["status"].Text());
        Assert.Equal(["Ready", "Syncing"], image.Statuses());
        Assert.Null(image["imageAuthToken"]);
        Assert.Equal("Bearer", image["imageAuthType"].Text());
        var association = Assert.Single(image["siteAssociations"]!.AsArray())!;
        Assert.Equal(world.SiteId, association["site"]!["id"].Id());
        Assert.Equal("Synced", association["status"].Text());
        Assert.Matches("^[0-9a-f]{40}$", association["version"].Text());

        var sent = AtSite(image)!.Attributes;
        Assert.Equal("https://images.example.com/os.img", sent.SourceUrl);
        Assert.Equal("0123abCD", sent.Digest);
        Assert.Equal("noble", sent.Description);
        Assert.Equal(image["name"].Text(), sent.Name);
        Assert.Equal(tenant.Client.Org, sent.TenantOrganizationId);
        Assert.Equal("root", sent.RootfsLabel);
        Assert.False(sent.HasRootfsId);
        Assert.False(sent.CreateVolume);
        Assert.Equal("/dev/nvme0n1", sent.BootDisk);
        Assert.Equal("Bearer", sent.AuthType);
        Assert.True(world.Simulated.HasToken(image["id"].Text(), "s3cret"));

        // Nobody reads the token again, in the database neither.
        Assert.Equal(image.ToJsonString(), (await tenant.Client.Get(Path(image))).Is(200).ToJsonString());
        Assert.DoesNotContain("s3cret", (await tenant.Client.Get("operating-system")).Text);
        Assert.StartsWith("v1.", await world.Read<string>("select image_auth_token from compute.operating_system where id = @id", new { id = image["id"].Id() }));
        Assert.DoesNotContain("s3cret", await world.Read<string>("select string_agg(entry::text, ' ') from audit.entry as entry", new { }));
    }

    [Fact]
    public async Task Only_a_site_that_keeps_images_and_that_the_tenant_uses_takes_one()
    {
        var tenant = await Tenant();
        (await tenant.Client.Post("operating-system", Order(o => o["siteIds"] = new JsonArray(Guid.NewGuid().ToString())))).Fails(400, "siteIds");
        var stranger = world.Running.As(TestHost.NewOrg(), "TENANT_ADMIN");
        (await stranger.Get("tenant/current")).Is(200);
        (await stranger.Post("operating-system", Order())).Fails(400, "siteIds");
        var empty = (await tenant.Client.Post("operating-system", Order(o =>
        {
            foreach (var field in new[] { "imageAuthType", "imageAuthToken", "imageDisk", "rootFsId" })
            {
                o[field] = "";
            }
        }))).Is(201);
        Assert.False(AtSite(empty)!.Attributes.HasAuthType);
        (await world.Provider.Patch($"site/{world.SiteId}", new { capabilities = new { imageBasedOperatingSystem = false } })).Is(200);
        (await tenant.Client.Post("operating-system", Order())).Fails(400, "siteIds");
        await Tenant();
    }

    [Fact]
    public async Task A_change_goes_to_the_site_whole()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        var changed = (await tenant.Client.Patch(Path(image), new
        {
            name = image["name"].Text() + "!",
            imageUrl = "images.example.com/other.img",
            imageSha = "ff",
            rootFsId = "11111111-2222",
            rootFsLabel = "",
            imageDisk = "/dev/sdb",
            imageAuthType = "Basic",
            imageAuthToken = "user:pass",
        })).Is(200);
        Assert.Equal("Ready", changed["status"].Text());
        Assert.Equal(["Ready", "Syncing", "Ready", "Syncing"], changed.Statuses());
        Assert.NotEqual(Association(image)["version"].Text(), Association(changed)["version"].Text());
        Assert.Equal("Synced", Association(changed)["status"].Text());
        var sent = AtSite(image)!.Attributes;
        Assert.Equal("images.example.com/other.img", sent.SourceUrl);
        Assert.Equal("ff", sent.Digest);
        Assert.Equal("11111111-2222", sent.RootfsId);
        Assert.False(sent.HasRootfsLabel);
        Assert.Equal("/dev/sdb", sent.BootDisk);
        Assert.True(world.Simulated.HasToken(image["id"].Text(), "user:pass"));

        var off = (await tenant.Client.Patch(Path(image), new { isActive = false, deactivationNote = "old" })).Is(200);
        Assert.Equal("Deactivated", off["status"].Text());
        Assert.Equal("Synced", Association(off)["status"].Text());
        Assert.True(world.Simulated.HasToken(image["id"].Text(), "user:pass"));
        await world.Rounds(Kind);
        Assert.Equal("Deactivated", (await tenant.Client.Get(Path(image))).Is(200)["status"].Text());
        Assert.Equal("Ready", (await tenant.Client.Patch(Path(image), new { isActive = true })).Is(200)["status"].Text());

        var open = (await tenant.Client.Patch(Path(image), new { imageUrl = "images.example.com/other.img", imageSha = "ff", imageAuthType = "", imageAuthToken = "" })).Is(200);
        Assert.Equal("", open["imageAuthType"].Text());
        Assert.False(AtSite(image)!.Attributes.HasAuthType);
        Assert.Equal(0, await Changes(image));
    }

    [Fact]
    public async Task Wrong_changes_of_an_image_change_nothing()
    {
        var tenant = await Tenant();
        var (labelled, identified) = (await Image(tenant), await Image(tenant, o => (o["rootFsLabel"], o["rootFsId"]) = (null, "an-id")));
        foreach (var (image, field, change) in new (JsonNode, string, object)[]
        {
            (labelled, "ipxeScript", new { ipxeScript = "boot" }), (labelled, "imageSha", new { imageUrl = "http://images/os" }), (labelled, "imageSha", new { imageUrl = "http://images/os", imageSha = "tttt" }),
            (labelled, "imageUrl", new { imageUrl = "", imageSha = "00" }), (labelled, "imageSha", new { imageSha = "00" }), (labelled, "rootFsLabel", new { rootFsLabel = "x" }),
            (labelled, "rootFsId", Image("rootFsId", "x")), (labelled, "rootFsId", Image("rootFsLabel", "")), (identified, "rootFsId", Image("rootFsLabel", "x")), (identified, "rootFsId", Image("rootFsId", "")),
            (identified, "rootFsId", Image("rootFsId", "", "rootFsLabel", "")), (identified, "rootFsId", Image("rootFsId", "x", "rootFsLabel", "y")), (identified, "imageAuthType", Image("imageAuthType", "Basic")),
            (identified, "imageAuthType", Image("imageAuthToken", "x")), (identified, "imageAuthType", Image("imageAuthType", "Digest", "imageAuthToken", "x")), (identified, "imageDisk", Image("imageDisk", "sda")),
        })
        {
            (await tenant.Client.Patch(Path(image), change)).Fails(400, field);
        }

        foreach (var image in new[] { labelled, identified })
        {
            Assert.Equal(image.ToJsonString(), (await tenant.Client.Get(Path(image))).Is(200).ToJsonString());
        }

        var switched = (await tenant.Client.Patch(Path(identified), Image("rootFsId", "", "rootFsLabel", "x"))).Is(200);
        Assert.Equal("", switched["rootFsId"].Text());
        Assert.Equal("x", switched["rootFsLabel"].Text());
    }

    [Fact]
    public async Task What_the_site_refuses_is_undone()
    {
        var tenant = await Tenant();
        var order = Order();
        world.Simulated.Faults.Add(Fault.Refuse("CreateOsImage", StatusCode.InvalidArgument, message: "bad url"));
        Assert.Contains("bad url", (await tenant.Client.Post("operating-system", order.DeepClone())).Is(400)["message"].Text());
        Assert.Equal(0, (await tenant.Client.Get("operating-system")).Total);
        var image = (await tenant.Client.Post("operating-system", order)).Is(201);
        foreach (var (code, status) in new[] { (StatusCode.InvalidArgument, 400), (StatusCode.NotFound, 404), (StatusCode.FailedPrecondition, 412) })
        {
            world.Simulated.Faults.Add(Fault.Refuse("UpdateOsImage", code, message: "not today"));
            (await tenant.Client.Patch(Path(image), new { name = "new name", imageUrl = "http://images/x", imageSha = "00", imageAuthType = "Basic", imageAuthToken = "x" })).Is(status);
            var back = (await tenant.Client.Get(Path(image))).Is(200);
            Assert.Equal(image["name"].Text(), back["name"].Text());
            Assert.Equal(image["imageUrl"].Text(), back["imageUrl"].Text());
            Assert.Null(back["imageAuthType"]);
            Assert.Equal("Ready", back["status"].Text());
            Assert.Equal(image["statusHistory"]!.ToJsonString(), back["statusHistory"]!.ToJsonString());
            Assert.Equal(Association(image)["version"].Text(), Association(back)["version"].Text());
            Assert.Equal("Synced", Association(back)["status"].Text());
        }

        world.Simulated.Faults.Add(Fault.Refuse("DeleteOsImage", StatusCode.FailedPrecondition, message: "in use by hand"));
        Assert.Contains("in use by hand", (await tenant.Client.Delete(Path(image))).Is(412)["message"].Text());
        Assert.Equal("Ready", (await tenant.Client.Get(Path(image))).Is(200)["status"].Text());
    }

    [Fact]
    public async Task What_the_site_does_not_hear_is_carried_out_later()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        await world.Down();
        var late = (await tenant.Client.Post("operating-system", Order())).Is(201);
        Assert.Equal("Syncing", late["status"].Text());
        Assert.Equal("Syncing", (await tenant.Client.Patch(Path(image), new { name = "second name" })).Is(200)["status"].Text());
        Assert.Equal("Syncing", (await tenant.Client.Patch(Path(image), new { name = "third name" })).Is(200)["status"].Text());

        // It may get its first name back.
        (await tenant.Client.Post("operating-system", new { name = image["name"].Text(), ipxeScript = "boot" })).ConflictsWith(image["id"]);
        (await tenant.Client.Patch(Path(late), new { name = image["name"].Text() })).ConflictsWith(image["id"]);
        await world.Up();
        Assert.Equal("third name", (await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Ready"))["name"].Text());
        await tenant.Client.Eventually(Path(late), i => i["status"].Text() == "Ready");
        Assert.Equal("third name", AtSite(image)!.Attributes.Name);
        Assert.Equal(0, await Changes(image));
        (await tenant.Client.Post("operating-system", new { name = image["name"].Text(), ipxeScript = "boot" })).Is(201);
    }

    [Fact]
    public async Task What_the_site_refuses_later_is_undone_with_the_reason_or_shows_it()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        await world.Down();
        var refused = (await tenant.Client.Post("operating-system", Order())).Is(201);
        (await tenant.Client.Patch(Path(image), new { name = "second name" })).Is(200);
        (await tenant.Client.Patch(Path(image), Image("imageAuthType", "Basic", "imageAuthToken", "x"))).Is(200);
        world.Simulated.Faults.Add(Fault.Refuse("CreateOsImage", StatusCode.InvalidArgument, message: "bad url"));
        world.Simulated.Faults.Add(Fault.Refuse("UpdateOsImage", StatusCode.FailedPrecondition, message: "not today"));
        await world.Up();
        var back = await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Ready" && i["name"].Text() == image["name"].Text());
        Assert.Contains("not today", back["statusHistory"]!.ToJsonString());
        Assert.Null(back["imageAuthType"]);
        var failed = await tenant.Client.Eventually(Path(refused), i => i["status"].Text() == "Error");
        Assert.Contains("bad url", failed["statusHistory"]![0]!["message"].Text());
        Assert.Equal("Error", Association(failed)["status"].Text());

        // What the site would not make, it may make when it is changed.
        Assert.Equal("Ready", (await tenant.Client.Patch(Path(refused), new { description = "better" })).Is(200)["status"].Text());
        Assert.Equal("better", AtSite(refused)!.Attributes.Description);
        (await tenant.Client.Delete(Path(refused))).Is202();
        await tenant.Client.Gone(Path(refused));
        await world.Mend();
    }

    [Fact]
    public async Task An_image_goes_when_its_site_has_it_no_more()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        world.Simulated.Faults.Add(new Fault { Kind = FaultKind.Slow, Rpc = "ListOsImage", Delay = TimeSpan.FromSeconds(1), Count = 2 });
        (await tenant.Client.Delete(Path(image))).Is202();
        var going = (await tenant.Client.Get(Path(image))).Is(200);
        Assert.Equal("Deleting", going["status"].Text());
        Assert.Equal("Deleting", Association(going)["status"].Text());
        (await tenant.Client.Patch(Path(image), new { name = "new name" })).Is(409);
        var asked = world.Simulated.ReceivedCalls["DeleteOsImage"];
        (await tenant.Client.Delete(Path(image))).Is202();
        Assert.Equal(asked, world.Simulated.ReceivedCalls["DeleteOsImage"]);
        await tenant.Client.Gone(Path(image));
        Assert.Null(AtSite(image));
        Assert.Equal(0, await world.Read<int>("select count(*)::integer from compute.status_history where resource_id = @id", new { id = image["id"].Text() }));
    }

    [Fact]
    public async Task An_image_whose_creation_arrives_once_more_after_its_deletion_goes_again()
    {
        var tenant = await Tenant();
        JsonNode image = new JsonObject();
        await world.Simulated.ArrivesLate("CreateOsImage", async () =>
        {
            image = await Image(tenant);
            (await tenant.Client.Delete(Path(image))).Is202();
            await tenant.Client.Gone(Path(image));
        });
        await Wait.Until(() => AtSite(image) is null, what: "the site has it no more");
    }

    [Fact]
    public async Task An_image_that_its_site_does_not_let_go_of_is_given_up_in_the_end()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        world.Simulated.Faults.Add(new Fault { Kind = FaultKind.Slow, Rpc = "ListOsImage", Delay = TimeSpan.FromSeconds(1), Count = 2 });
        (await tenant.Client.Delete(Path(image))).Is202();
        var kept = world.Simulated.Faults.Add(new Fault { Kind = FaultKind.ObjectAppears, Resource = Kind, Target = image["id"].Text(), Tenant = tenant.Client.Org });
        var refusal = world.Simulated.Faults.Add(Fault.Refuse("DeleteOsImage", StatusCode.FailedPrecondition, count: null, message: "in use by hand"));
        await world.Rounds(Kind, 4);
        Assert.Equal("Deleting", (await tenant.Client.Get(Path(image))).Is(200)["status"].Text());
        (await tenant.Client.Post("operating-system", new { name = image["name"].Text(), ipxeScript = "boot" })).ConflictsWith(image["id"]);
        await world.Execute(
            "update compute.operating_system_site set deletion_taken = deletion_taken - interval '61 minutes' where operating_system_id = @id", new { id = image["id"].Id() });
        await tenant.Client.Gone(Path(image));
        (await tenant.Client.Post("operating-system", new { name = image["name"].Text(), ipxeScript = "boot" })).Is(201);
        Assert.NotNull(AtSite(image));

        // Once the site lets go of it, it goes.
        world.Simulated.Faults.Remove(kept.Id);
        world.Simulated.Faults.Remove(refusal.Id);
        await Wait.Until(() => AtSite(image) is null, what: "the site has it no more");
    }

    [Fact]
    public async Task What_an_image_is_called_at_its_site_is_corrected()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        (await tenant.Client.Patch(Path(image), new { description = "noble" })).Is(200);
        foreach (var (name, description) in new (string?, string?)[] { ("by-hand", null), (null, "mine") })
        {
            world.Simulated.Faults.Add(
                new Fault { Kind = FaultKind.Drift, Resource = Kind, Target = image["id"].Text(), Name = name, Description = description });
            await Wait.Until(() => AtSite(image) is { Attributes: { Description: "noble" } has } && has.Name == image["name"].Text(), what: "the site has Nico's word");
        }

        // No more often than three times: then an operator sees it.
        for (var i = 0; i < 2; i++)
        {
            world.Simulated.Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = Kind, Target = image["id"].Text(), Name = $"again-{i}" });
            if (i == 0)
            {
                await Wait.Until(() => AtSite(image)!.Attributes.Name == image["name"].Text());
            }
        }

        await Wait.Until(async () => (await world.Overview())["kinds"]!.AsArray()
            .Any(kind => kind!["kind"].Text() == Kind && kind["drift"]!.AsArray().Any(drift => drift!["id"].Text() == image["id"].Text())));
        Assert.Equal("Ready", (await tenant.Client.Get(Path(image))).Is(200)["status"].Text());
    }

    [Fact]
    public async Task Deleting_what_the_site_does_not_have_is_no_error_and_what_was_never_sent_is_not_sent()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        world.Simulated.Faults.Add(Fault.Lose(Kind, image["id"].Text()));
        (await tenant.Client.Delete(Path(image))).Is202();
        await tenant.Client.Gone(Path(image));
        await world.Down();
        var unsent = (await tenant.Client.Post("operating-system", Order())).Is(201);
        (await tenant.Client.Delete(Path(unsent))).Is202();
        await tenant.Client.Gone(Path(unsent));
        await world.Mend();
        await world.Rounds(Kind);
        Assert.Null(AtSite(unsent));
    }

    [Fact]
    public async Task Lost_answers_change_nothing_twice()
    {
        var tenant = await Tenant();
        world.Simulated.Faults.Add(Fault.LostAnswer("CreateOsImage", cut: true));
        var image = (await tenant.Client.Post("operating-system", Order())).Is(201);
        await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Ready");
        world.Simulated.Faults.Add(Fault.LostAnswer("UpdateOsImage", cut: true));
        (await tenant.Client.Patch(Path(image), Image("imageAuthType", "Basic", "imageAuthToken", "later"))).Is(200);
        await Wait.Until(async () => await Changes(image) == 0, what: "it is settled");
        Assert.True(world.Simulated.HasToken(image["id"].Text(), "later"));
        world.Simulated.Faults.Add(Fault.LostAnswer("DeleteOsImage", cut: true));
        await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Ready");
        (await tenant.Client.Delete(Path(image))).Is202();
        await tenant.Client.Gone(Path(image));
        await world.Mend();
    }

    [Fact]
    public async Task A_missing_image_is_in_error_until_it_is_back()
    {
        var tenant = await Tenant();
        var image = await Image(tenant);
        var fault = world.Simulated.Faults.Add(Fault.Lose(Kind, image["id"].Text()));
        var missing = await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Error");
        Assert.Contains("missing", missing["statusHistory"]![0]!["message"].Text());
        Assert.Equal("Error", Association(missing)["status"].Text());
        (await tenant.Client.Patch(Path(image), new { name = "new name" })).Is(404);
        Assert.Equal("Error", (await tenant.Client.Get(Path(image))).Is(200)["status"].Text());
        world.Simulated.Faults.Remove(fault.Id);
        await tenant.Client.Eventually(Path(image), i => i["status"].Text() == "Ready" && Association(i)["status"].Text() == "Synced");
    }

    [Fact]
    public async Task An_image_that_fails_says_why_and_a_better_one_is_fetched()
    {
        var tenant = await Tenant();
        world.Simulated.Faults.Add(new Fault { Kind = FaultKind.ImageFails, Count = 1, Message = "digest differs" });
        var failed = (await tenant.Client.Post("operating-system", Order())).Is(201);
        Assert.Equal("Error", failed["status"].Text());
        Assert.Contains("digest differs", failed["statusHistory"]![0]!["message"].Text());
        Assert.Equal("Error", Association(failed)["status"].Text());
        Assert.Equal("Ready", (await tenant.Client.Patch(Path(failed), Image("imageDisk", "/dev/sdc"))).Is(200)["status"].Text());
    }

    [Fact]
    public async Task A_list_knows_the_sites_of_images()
    {
        var tenant = await Tenant();
        var image = await Image(tenant, o => o["name"] = "apple");
        (await tenant.Client.Post("operating-system", new { name = "banana", ipxeScript = "boot" })).Is(201);
        await Image(tenant, o => o["name"] = "cherry");
        foreach (var (query, expected) in new (string, string[])[]
        {
            ($"siteId={world.SiteId}", ["apple", "banana", "cherry"]), ($"siteId={world.SiteId}&type=Image", ["apple", "cherry"]), ($"siteId={world.SiteId}&type=Image&query=cherry", ["cherry"]),
            ("type=iPXE", ["banana"]), ("type=Image&orderBy=NAME_DESC", ["cherry", "apple"]), ("status=Syncing", []),
        })
        {
            Assert.Equal(expected, (await tenant.Client.Get("operating-system?" + query)).Items().Names());
        }

        await using var elsewhere = await TestSite.Start(world.Running, world.Provider.Org);
        await world.Provider.Eventually($"site/{elsewhere.Id}", site => site["status"].Text() == "Registered");
        (await tenant.Client.Get($"operating-system?siteId={elsewhere.Id}")).Fails(400, "siteId");
        var block = (await world.Provider.Post("ipblock", new
        {
            name = "elsewhere",
            siteId = elsewhere.Id,
            routingType = "DatacenterOnly",
            prefix = "10.250.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        var allocation = (await world.Provider.Post("allocation", new
        {
            name = "elsewhere",
            siteId = elsewhere.Id,
            tenantId = tenant.Id,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 } },
        })).Is(201);
        Assert.Equal(["banana"], (await tenant.Client.Get($"operating-system?siteId={elsewhere.Id}")).Items().Names());
        Assert.Equal(3, (await tenant.Client.Get($"operating-system?siteId={elsewhere.Id}&siteId={world.SiteId}")).Total);

        // With its site an image goes from the site only.
        (await world.Provider.Patch($"site/{elsewhere.Id}", new { capabilities = new { imageBasedOperatingSystem = true } })).Is(200);
        var moved = (await tenant.Client.Post("operating-system", Order(o => o["siteIds"] = new JsonArray(elsewhere.Id.ToString())))).Is(201);
        (await tenant.Client.Delete(Path(image))).Is202();
        (await world.Provider.Delete($"allocation/{allocation["id"]}")).Is202();
        (await tenant.Client.Patch(Path(moved), new { name = "late" })).Is(400);
        (await world.Provider.Delete($"site/{elsewhere.Id}")).Is202();
        var left = await tenant.Client.Eventually(Path(moved), i => i["siteAssociations"]!.AsArray().Count == 0 && i["status"].Text() == "Ready");
        Assert.Equal("Image", left["type"].Text());
        await Wait.Until(async () => await world.Read<int>(
            "select count(*)::integer from compute.operating_system_site where site_id = @Id", new { elsewhere.Id }) == 0, what: "no association is left");
        (await tenant.Client.Delete(Path(moved))).Is202();
        (await tenant.Client.Get(Path(moved))).Is(404);
    }

    private async Task<NetworkTenant> Tenant()
    {
        (await world.Provider.Patch($"site/{world.SiteId}", new { capabilities = new { imageBasedOperatingSystem = true } })).Is(200);
        return await world.NewTenant(24);
    }

    private async Task<JsonNode> Image(NetworkTenant tenant, Action<JsonObject>? with = null)
    {
        var image = (await tenant.Client.Post("operating-system", Order(with))).Is(201);
        Assert.Equal("Ready", image["status"].Text());
        return image;
    }

    private JsonObject Order(Action<JsonObject>? with = null)
    {
        var order = new JsonObject
        {
            ["name"] = "image-" + Guid.NewGuid(),
            ["siteIds"] = new JsonArray(world.SiteId.ToString()),
            ["imageUrl"] = "https://images.example.com/os.img",
            ["imageSha"] = "0123abCD",
            ["rootFsLabel"] = "root",
        };
        with?.Invoke(order);
        return order;
    }

    /// <summary>A change of an image: its place again, and these fields.</summary>
    private static JsonObject Image(params string[] fields)
    {
        var change = new JsonObject { ["imageUrl"] = "https://images.example.com/os.img", ["imageSha"] = "0123abCD" };
        for (var i = 0; i < fields.Length; i += 2)
        {
            change[fields[i]] = fields[i + 1];
        }

        return change;
    }

    private static string Path(JsonNode system) => $"operating-system/{system["id"]}";

    private static JsonNode Association(JsonNode system) => Assert.Single(system["siteAssociations"]!.AsArray())!;

    private OsImage? AtSite(JsonNode system) => world.Simulated.OsImage(system["id"].Text());

    private Task<int> Changes(JsonNode system) => world.Read<int>(
        "select count(*)::integer from compute.operating_system_change where operating_system_id = @id", new { id = system["id"].Id() });
}
