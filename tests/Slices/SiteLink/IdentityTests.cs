using System.Security.Cryptography.X509Certificates;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using static Nico.Tests.Slices.Infrastructure.TestCertificates;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>A site's controller is known from when it first answers; another one in its place gets nothing, and nothing of it is believed.</summary>
public sealed class IdentityTests(TestHost host) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-identity-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Another_controller_at_the_address_waits_for_the_operator()
    {
        await using var world = await Named("site-a");
        var second = await world.Start(inventory: true);
        await Put(world, 3);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 3, "all are read");
        Assert.Equal(409, await world.Accept("accept-controller"));
        Assert.Equal(404, await world.Accept("accept-controller", Guid.NewGuid()));
        Assert.Equal("site-a", (await world.Overview())["controller"]!["name"].Text());

        await Become(world, "site-b");
        Assert.Contains("Another controller answers: site-b in the place of site-a", await world.Disconnected(), StringComparison.Ordinal);
        var other = (await world.Overview())["otherController"]!;
        Assert.Equal("site-b", other["name"].Text());
        Assert.NotNull(other["since"]);
        await world.Create(id: "x");
        await world.Create(id: "y", by: second);
        var probes = world.Site.Count("Version");
        await LinkWorld.Until(() => world.Site.Count("Version") > probes + 4, "it is asked who it is, by both");
        Assert.Equal(3, await Count(world, "Seen"));
        Assert.Equal(0, world.Site.Count("CreateVpc"));
        Assert.Single(
            world.Process.Log.Lines,
            line => line.Contains("Another controller", StringComparison.Ordinal) && line.Contains("only probes are sent", StringComparison.Ordinal));

        Assert.Equal(200, await world.Accept("accept-controller"));
        await LinkWorld.Until(async () => await world.Status("x") == "Seen" && await world.Status("y") == "Seen", "it is the site's own now, to both");
        var site = await world.Overview();
        Assert.Equal("site-b", site["controller"]!["name"].Text());
        Assert.Null(site["otherController"]);
        Assert.Equal(409, await world.Accept("accept-controller"));
    }

    [Fact]
    public async Task When_the_known_controller_is_back_it_goes_on_without_anybody_s_doing()
    {
        await using var world = await Named("site-a");
        await world.Create(id: "x");
        await Become(world, "site-b");
        await world.Disconnected();
        await Become(world, "site-a");
        await world.Connected();
        await LinkWorld.Until(async () => (await world.Overview())["otherController"] is null, "the other one is forgotten");
        Assert.Equal(409, await world.Accept("accept-controller"));
        await world.Create(id: "y");
        await LinkWorld.Until(async () => await world.Status("y") is "Ready" or "Seen", "commands go on");
    }

    [Fact]
    public async Task Another_controller_behind_a_proxy_that_keeps_the_connection_is_found_by_the_next_round()
    {
        await using var world = await Named("site-a");
        await Put(world, 2);
        await LinkWorld.Until(async () => await Count(world, "Seen") == 2, "all are read");
        world.Site.SiteName = "site-b";
        world.Site.Vpcs.Clear();
        Assert.Contains("Another controller", await world.Disconnected(), StringComparison.Ordinal);
        Assert.Equal(2, await Count(world, "Seen"));
    }

    [Fact]
    public async Task A_controller_that_names_itself_no_more_is_another_one()
    {
        await using var world = await Named("site-a");
        await Become(world, null);
        Assert.Contains("one without a name in the place of site-a", await world.Disconnected(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_is_renewed_unnoticed_for_the_same_subject_and_for_no_other()
    {
        using var authority = Authority("site CA");
        using var client = Issue(authority, "client");
        await using var world = await LinkWorld.Make(host, connect: false, inventory: true);
        world.Site.Admits = _ => true;
        await Secure(world, Issue(authority, "controller"));
        await world.Connect(world.Site.Address, Write("tls.crt", Pem(client)), Write("tls.key", KeyPem(client)), Write("ca.crt", Pem(authority)));
        await world.Create(id: "x");
        await LinkWorld.Until(async () => (await world.Overview())["controller"]?["subject"]?.GetValue<string>() == "CN=controller", "it is known");

        await Secure(world, Issue(authority, "controller"));
        await world.Create(id: "y");
        await LinkWorld.Until(async () => await world.Status("y") is "Ready" or "Seen", "commands go on");

        await Secure(world, Issue(authority, "controller of site b"));
        Assert.Contains("CN=controller of site b in the place of CN=controller", await world.Disconnected(), StringComparison.Ordinal);
        Assert.Equal(200, await world.Accept("accept-controller"));
        await world.Connected();
    }

    private async Task<LinkWorld> Named(string name)
    {
        var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(500), connect: false, inventory: true);
        world.Site.SiteName = name;
        await world.Connect(world.Site.Address);
        await LinkWorld.Until(async () => (await world.Overview())["controller"]?["name"]?.GetValue<string>() == name, "it is known");
        return world;
    }

    /// <summary>Another controller takes the place of the one that was there.</summary>
    private static async Task Become(LinkWorld world, string? name)
    {
        await world.Site.Pause();
        world.Site.SiteName = name;
        await world.Site.Resume();
    }

    private static async Task Secure(LinkWorld world, X509Certificate2 certificate)
    {
        await world.Site.Pause();
        world.Site.Certificate = certificate;
        await world.Site.Resume();
    }

    private static Task<long> Count(LinkWorld world, string status) =>
        world.Query<long>("select count(*) from thing where status = @status and id like 'seen%'", new { status });

    private static async Task Put(LinkWorld world, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var id = $"seen{i}";
            await world.Row(id, "Ready", atSite: true);
            world.Site.Vpcs[id] = new() { Id = new() { Value = id }, Name = id, Version = "1", Metadata = new() { Name = id } };
        }
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }
}
