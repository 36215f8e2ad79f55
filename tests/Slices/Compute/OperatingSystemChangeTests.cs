using System.Text.Json.Nodes;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Changes and deletions of operating systems that are booted by script: spec/32-operating-system.md, sections 3.3, 3.4, 4.4, 4.5 and 8.</summary>
public sealed class OperatingSystemChangeTests(TestHost host)
{
    private const string Block = "phone_home:\n  url: http://localhost\n  post: all\n";

    [Fact]
    public async Task What_is_named_changes_and_the_rest_stays()
    {
        var (api, path, system) = await Make(new { name = "first", ipxeScript = "boot", description = "old", userData = "test" });
        var changed = (await api.Patch(path, new
        {
            name = "second",
            description = "new",
            ipxeScript = "#!ipxe\nexit",
            userData = "other",
            isCloudInit = true,
            allowOverride = true,
            phoneHomeEnabled = false,
        })).Is(200);
        foreach (var (field, value) in new[] { ("name", "second"), ("description", "new"), ("ipxeScript", "#!ipxe\nexit"), ("userData", "other"), ("status", "Ready"), ("type", "iPXE") })
        {
            Assert.Equal(value, changed[field].Text());
        }

        Assert.True(changed["isCloudInit"].Flag());
        Assert.True(changed["allowOverride"].Flag());
        Assert.Equal(["Ready", "Ready"], changed.Statuses());
        Assert.True(changed["updated"].Time() > system["updated"].Time());
        Assert.Equal(changed.ToJsonString(), (await api.Get(path)).Is(200).ToJsonString());

        var same = (await api.Patch(path, new { name = "second", description = "", userData = "" })).Is(200);
        Assert.Equal("", same["description"].Text());
        Assert.Equal("", same["userData"].Text());
        Assert.Equal("second", (await api.Patch(path, new { })).Is(200)["name"].Text());
        Assert.Equal("second", (await api.Patch(path, new { name = (string?)null, ipxeScript = (string?)null })).Is(200)["name"].Text());
    }

    [Fact]
    public async Task Wrong_values_and_taken_names_change_nothing()
    {
        var (api, path, system) = await Make(new { name = "first", ipxeScript = "boot" });
        var other = (await api.Post("operating-system", new { name = "other", ipxeScript = "boot" })).Is(201);
        (await api.Patch(path, new { name = "other" })).ConflictsWith(other["id"]);
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", ""), ("name", "x"), ("name", " x y"), ("name", new string('x', 257)), ("name", 1), ("ipxeScript", ""), ("ipxeScript", 1), ("isActive", true), ("isActive", "no"),
            ("deactivationNote", "why"), ("deactivationNote", ""), ("imageUrl", "http://images/os"), ("imageSha", "00"), ("imageAuthType", "Basic"), ("imageAuthToken", "s"), ("imageDisk", "/dev/sda"),
            ("rootFsId", "x"), ("rootFsLabel", "x"),
        })
        {
            (await api.Patch(path, new JsonObject { [field] = value })).Is(400);
        }

        (await api.Patch(path, new { imageSha = "00", rootFsLabel = "x" })).Fails(400, "imageSha", "rootFsLabel");
        (await api.Patch(path, new { imageUrl = "http://images/os", imageSha = "00" })).Fails(400, "imageUrl");
        (await api.Patch(path, new { ipxeScript = "boot", imageUrl = "http://images/os" })).Fails(400, "ipxeScript");
        (await api.Patch(path, new { isActive = true, deactivationNote = "why" })).Fails(400, "deactivationNote");
        (await api.Raw(HttpMethod.Patch, path, "{")).Is(400);
        Assert.Equal(system.ToJsonString(), (await api.Get(path)).Is(200).ToJsonString());

        // As when it was made, fields of an image beside a script are dropped.
        Assert.Null((await api.Patch(path, new { ipxeScript = "boot", imageDisk = "/dev/sda" })).Is(200)["imageDisk"]);
    }

    [Fact]
    public async Task It_is_taken_out_of_use_and_put_back()
    {
        var (api, path, _) = await Make(new { name = "os", ipxeScript = "boot" });
        var off = (await api.Patch(path, new { isActive = false, deactivationNote = "too old" })).Is(200);
        Assert.False(off["isActive"].Flag());
        Assert.Equal("too old", off["deactivationNote"].Text());
        Assert.Equal("Deactivated", off["status"].Text());
        Assert.Contains("too old", off["statusHistory"]![0]!["message"].Text());
        (await api.Patch(path, new { isActive = false })).Fails(400, "isActive");

        var renamed = (await api.Patch(path, new { name = "still off" })).Is(200);
        Assert.Equal("Deactivated", renamed["status"].Text());
        Assert.Equal("too old", renamed["deactivationNote"].Text());
        Assert.Equal("very old", (await api.Patch(path, new { deactivationNote = "very old" })).Is(200)["deactivationNote"].Text());
        Assert.Equal("", (await api.Patch(path, new { deactivationNote = "" })).Is(200)["deactivationNote"].Text());
        Assert.Equal(1, (await api.Get("operating-system?status=Deactivated")).Total);

        var on = (await api.Patch(path, new { isActive = true })).Is(200);
        Assert.True(on["isActive"].Flag());
        Assert.Null(on["deactivationNote"]);
        Assert.Equal("Ready", on["status"].Text());
        Assert.Null((await api.Patch(path, new { isActive = false })).Is(200)["deactivationNote"]);
    }

    public static TheoryData<string?, bool, string, string?> PhoneHomes => new()
    {
        // user data and phone home before, the change, user data after (null: refused)
        { "test", false, """{"name":"new name"}""", "test" },
        { "test", false, """{"userData":"#cloud-config\nphone_home: {url: http://localhost}\n"}""", "#cloud-config\nphone_home: {url: http://localhost}\n" },
        { null, false, """{"phoneHomeEnabled":true}""", "#cloud-config\n" + Block },
        { "#cloud-config\na: 1\n", false, """{"phoneHomeEnabled":true}""", "#cloud-config\na: 1\n" + Block },
        { "#cloud-config\nphone_home:\n  url: http://others\n", false, """{"phoneHomeEnabled":true}""", "#cloud-config\n" + Block },
        { "<xml/>", false, """{"phoneHomeEnabled":true}""", null },
        { "random:\nbare line\n", false, """{"phoneHomeEnabled":true}""", null },
        { "test", false, """{"phoneHomeEnabled":true,"userData":"a: 1\n"}""", "#cloud-config\na: 1\n" + Block },
        { "a: 1\n", true, """{"userData":"b: 2\n"}""", "#cloud-config\nb: 2\n" + Block },
        { "a: 1\n", true, """{"userData":"text"}""", null },
        { "a: 1\n", true, """{"userData":""}""", "#cloud-config\n" + Block },
        { "a: 1\n", true, """{"name":"new name"}""", "#cloud-config\na: 1\n" + Block },
        { null, true, """{"phoneHomeEnabled":false}""", "" },
        { "a: 1\n", true, """{"phoneHomeEnabled":false}""", "#cloud-config\na: 1\n" },
        { "a: 1\n", true, """{"phoneHomeEnabled":false,"userData":"phone_home: {url: http://others}\n"}""", "phone_home: {url: http://others}\n" },
        { "a: 1\n", true, """{"phoneHomeEnabled":false,"userData":"phone_home: {url: http://localhost}\nphone_home: {url: http://localhost}\n"}""", "" },
        { "a: 1\n", true, """{"phoneHomeEnabled":false,"userData":"a: [1\n"}""", "a: [1\n" },
    };

    [Theory]
    [MemberData(nameof(PhoneHomes))]
    public async Task The_order_to_phone_home_follows(string? userData, bool phonesHome, string change, string? expected)
    {
        var (api, path, system) = await Make(new { name = "os", ipxeScript = "boot", userData, phoneHomeEnabled = phonesHome });
        var answer = await api.Raw(HttpMethod.Patch, path, change);
        if (expected is null)
        {
            answer.Fails(400, "userData");
            Assert.Equal(system.ToJsonString(), (await api.Get(path)).Is(200).ToJsonString());
        }
        else
        {
            Assert.Equal(expected, answer.Is(200)["userData"].Text());
        }
    }

    [Fact]
    public async Task It_is_changed_and_deleted_by_its_tenant_alone()
    {
        var (api, path, system) = await Make(new { name = "os", ipxeScript = "boot" });
        var (other, _) = await host.Tenant();
        (await other.Patch(path, new { name = "mine now" })).Is(404);
        (await other.Patch(path, new { isActive = true })).Is(404);
        (await other.Delete(path)).Is(404);
        (await host.As(api.Org, "PROVIDER_ADMIN").Patch(path, new { })).Is(403);
        (await host.As(api.Org, "PROVIDER_ADMIN").Delete(path)).Is(403);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Patch(path, new { })).Is(400);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Delete(path)).Is(400);
        (await api.Patch("operating-system/x", new { })).Fails(400, "operatingSystemId");
        (await api.Delete("operating-system/x")).Fails(400, "operatingSystemId");
        (await api.Patch($"operating-system/{Guid.NewGuid()}", new { })).Is(404);
        (await api.Delete($"operating-system/{Guid.NewGuid()}")).Is(404);
        Assert.Equal(system.ToJsonString(), (await api.Get(path)).Is(200).ToJsonString());
    }

    [Fact]
    public async Task One_that_nothing_uses_is_gone_at_once_and_its_name_is_free()
    {
        var (api, path, _) = await Make(new { name = "os", ipxeScript = "boot" });
        (await api.Delete(path)).Is202();
        (await api.Get(path)).Is(404);
        (await api.Delete(path)).Is(404);
        Assert.Equal(0, (await api.Get("operating-system")).Total);
        (await api.Post("operating-system", new { name = "os", ipxeScript = "boot" })).Is(201);
    }

    [Fact]
    public async Task Of_many_that_want_one_name_one_gets_it()
    {
        var (api, _) = await host.Tenant();
        var paths = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
            $"operating-system/{(await api.Post("operating-system", new { name = $"os-{i}", ipxeScript = "boot" })).Is(201)["id"]}"));
        var answers = await Task.WhenAll(paths.Select(path => api.Patch(path, new { name = "wanted" })));
        var winner = Assert.Single(answers, answer => answer.Status == 200).Json!;
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.ConflictsWith(winner["id"]));
    }

    private async Task<(ApiClient Api, string Path, JsonNode System)> Make(object order)
    {
        var (api, _) = await host.Tenant();
        var system = (await api.Post("operating-system", order)).Is(201);
        return (api, $"operating-system/{system["id"]}", system);
    }
}
