using System.Text.Json.Nodes;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Instances and the operating systems that they use: spec/32-operating-system.md, sections 4.5 and 6.</summary>
public sealed class InstanceImageTests(TestHost host)
{
    [Fact]
    public async Task Instances_boot_images_that_their_site_keeps_and_hold_them()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=4", routedOnly: true);
        var image = await MakeImage(world, userData: "#cloud-config\npackages: [git]\n");
        foreach (var (field, value) in new (string, JsonNode?)[] { ("ipxeScript", "#!ipxe"), ("alwaysBootWithCustomIpxe", true), ("userData", "mine") })
        {
            var order = world.Order(world.Machine());
            (order["operatingSystemId"], order[field]) = (image.ToString(), value);
            (await world.Client.Post("instance", order)).Fails(400, field);
            world.GiveBack(order["machineId"]!.GetValue<string>());
        }

        var instance = await world.CreateReady(order => order["operatingSystemId"] = image.ToString());
        var id = instance["id"].Text();
        Assert.Null(instance["ipxeScript"]);
        Assert.Contains("git", instance["userData"].Text());
        var os = world.Simulated.Instance(id)!.Config.Os;
        Assert.Equal(image.ToString(), os.OsImageId.Value);
        Assert.Contains("git", os.UserData);
        (await world.Client.Delete($"operating-system/{image}")).Is(400);

        // Away from the image, and back.
        (await world.Client.Patch($"instance/{id}", new { ipxeScript = "#!ipxe" })).Fails(400, "ipxeScript");
        (await world.Client.Patch($"instance/{id}", new { operatingSystemId = "", userData = "" })).Fails(400, "ipxeScript");
        Assert.Equal("#!ipxe\nboot", (await world.Client.Patch($"instance/{id}", new { operatingSystemId = world.System })).Is(200)["ipxeScript"].Text());
        await Wait.Until(() => world.Simulated.Instance(id)!.Config.Os.Ipxe?.IpxeScript == "#!ipxe\nboot", what: "the site boots the script");
        (await world.Client.Patch($"instance/{id}", new { operatingSystemId = image, alwaysBootWithCustomIpxe = true })).Fails(400, "alwaysBootWithCustomIpxe");
        Assert.Null((await world.Client.Patch($"instance/{id}", new { operatingSystemId = image })).Is(200)["ipxeScript"]);
        await Wait.Until(() => world.Simulated.Instance(id)!.Config.Os.OsImageId?.Value == image.ToString(), what: "the site boots the image");
        await world.Quiet();
        (await world.Client.Delete($"operating-system/{world.System}")).Is202();

        // One that is taken out of use is kept, and nobody else gets it.
        (await world.Client.Patch($"operating-system/{image}", new { isActive = false })).Is(200);
        (await world.Client.Patch($"instance/{id}", new { operatingSystemId = image, name = "kept-it" })).Is(200);
        var late = world.Order(world.Machine());
        late["operatingSystemId"] = image.ToString();
        (await world.Client.Post("instance", late)).Fails(400, "operatingSystemId");
        await world.Remove(instance);
        (await world.Client.Delete($"operating-system/{image}")).Is202();
        await world.Client.Gone($"operating-system/{image}");
    }

    [Fact]
    public async Task An_image_is_used_at_its_own_site_alone()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=1", routedOnly: true);
        var image = await MakeImage(world);
        var order = world.Order();
        order["operatingSystemId"] = image.ToString();
        (await world.Client.Patch($"site/{world.Site.Id}", new { capabilities = new { imageBasedOperatingSystem = false } })).Is(200);
        (await world.Client.Post("instance", order.DeepClone())).Fails(400, "operatingSystemId");
        (await world.Client.Patch($"site/{world.Site.Id}", new { capabilities = new { imageBasedOperatingSystem = true } })).Is(200);
        await world.Sql("update compute.operating_system_site set site_id = gen_random_uuid() where operating_system_id = @image", new { image });
        (await world.Client.Post("instance", order.DeepClone())).Fails(400, "operatingSystemId");
        await world.Sql("update compute.operating_system_site set site_id = @Id where operating_system_id = @image", new { world.Site.Id, image });
        await world.Sql("update compute.operating_system set status = 'Deleting' where id = @image", new { image });
        (await world.Client.Post("instance", order.DeepClone())).Fails(400, "operatingSystemId");
        await world.Sql("update compute.operating_system set status = 'Ready' where id = @image", new { image });
        (await world.Client.Post("instance", order)).Is(201);
    }

    [Fact]
    public async Task Of_a_deletion_and_an_instance_at_once_one_wins()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=8", routedOnly: true);
        for (var round = 0; round < 6; round++)
        {
            var system = round % 2 == 0 ? await world.MakeSystem() : await MakeImage(world);
            var order = world.Order();
            order["operatingSystemId"] = system.ToString();
            var (made, deleted) = (world.Client.Post("instance", order), world.Client.Delete($"operating-system/{system}"));
            var (instance, deletion) = (await made, await deleted);
            Assert.Equal(instance.Status == 201 ? 400 : 202, deletion.Status);
            if (instance.Status == 201)
            {
                Assert.Equal(system, instance.Json!["operatingSystemId"].Id());
                (await world.Client.Get($"operating-system/{system}")).Is(200);
            }
            else
            {
                instance.Fails(400, "operatingSystemId");
                await world.Client.Gone($"operating-system/{system}");
            }
        }
    }

    private static async Task<Guid> MakeImage(InstanceWorld world, string? userData = null)
    {
        (await world.Client.Patch($"site/{world.Site.Id}", new { capabilities = new { imageBasedOperatingSystem = true } })).Is(200);
        var image = (await world.Client.Post("operating-system", new
        {
            name = InstanceWorld.NewName(),
            siteIds = new[] { world.Site.Id },
            imageUrl = "https://images.example.com/os.img",
            imageSha = "00ff",
            rootFsId = "an-id",
            userData,
        })).Is(201);
        Assert.Equal("Ready", image["status"].Text());
        return image["id"].Id();
    }
}
