using System.Security.Cryptography.X509Certificates;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using static Nico.Tests.Slices.Infrastructure.TestCertificates;

namespace Nico.Tests.Slices.SiteLink;

/// <summary>Mutual TLS, addresses and their changes. spec/60-site-link.md, section 2.</summary>
public sealed class ConnectionTests(TestHost host) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-link-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_controller_is_reached_over_mutual_tls_and_certificates_may_change_under_way()
    {
        using var authority = Authority("site CA");
        using var before = Issue(authority, "client one");
        using var after = Issue(authority, "client two");
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(500), connect: false);
        await Secure(world, Issue(authority, "controller"));
        world.Site.Admits = shown => shown.Thumbprint == before.Thumbprint;
        var (certificate, key, ca) = (Write("tls.crt", Pem(before)), Write("tls.key", KeyPem(before)), Write("ca.crt", Pem(authority)));
        await world.Connect(world.Site.Address, certificate, key, ca);
        await world.Create(id: "first");
        Assert.Equal("Ready", await world.Status("first"));

        // A certificate without its key is what a half-finished rotation looks like: the old pair goes on.
        Write("tls.crt", Pem(after));
        await Task.Delay(400, TestContext.Current.CancellationToken);
        await world.Create(id: "meanwhile");
        Assert.Equal("Ready", await world.Status("meanwhile"));

        Write("tls.key", KeyPem(after));
        world.Site.Admits = shown => shown.Thumbprint == after.Thumbprint;
        await Task.Delay(400, TestContext.Current.CancellationToken);
        await world.Create(id: "second");
        Assert.Equal("Ready", await world.Status("second"));
    }

    [Fact]
    public async Task A_controller_that_shows_another_authority_s_certificate_is_not_talked_to()
    {
        using var authority = Authority("site CA");
        using var stranger = Authority("another CA");
        using var client = Issue(authority, "client");
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(300), connect: false);
        world.Site.Admits = _ => true;
        await Secure(world, Issue(stranger, "controller"));
        await world.Connect(world.Site.Address, Write("tls.crt", Pem(client)), Write("tls.key", KeyPem(client)), Write("ca.crt", Pem(authority)));
        await world.Create(id: "x");
        Assert.Equal("Pending", await world.Status("x"));
        Assert.Empty(world.Site.Calls);

        Write("ca.crt", Pem(authority) + "\n" + Pem(stranger));
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is trusted now");
        Assert.Equal(1, world.Site.Count("CreateVpc"));
    }

    [Fact]
    public async Task Certificate_files_that_are_not_there_yet_are_waited_for()
    {
        using var authority = Authority("site CA");
        using var client = Issue(authority, "client");
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100), connect: false);
        world.Site.Admits = _ => true;
        await Secure(world, Issue(authority, "controller"));
        await world.Connect(world.Site.Address, PathOf("tls.crt"), PathOf("tls.key"), PathOf("ca.crt"));
        await world.Create(id: "x");
        Assert.Equal("Pending", await world.Status("x"));
        Write("tls.crt", Pem(client));
        Write("tls.key", KeyPem(client));
        Write("ca.crt", Pem(authority));
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "the files are there");
    }

    [Fact]
    public async Task Credentials_of_a_pairing_come_from_the_database_and_change_under_way_on_every_process()
    {
        using var authority = Authority("site CA");
        using var before = Issue(authority, "client one");
        using var after = Issue(authority, "client two");
        await using var world = await LinkWorld.Make(host, connect: false);
        var other = await world.Start();
        await Secure(world, Issue(authority, "controller"));
        foreach (var client in new[] { before, after })
        {
            world.Site.Admits = shown => shown.Thumbprint == client.Thumbprint;
            var credentials = new SiteCredentials(Pem(client), KeyPem(client), Pem(authority));
            await world.Process.InScope<ISiteConnections>(connections =>
                connections.Connect(world.SiteId, new SiteAddress(world.Site.Address) { Credentials = credentials }, default));
            var id = client.Thumbprint.ToLowerInvariant();
            await world.Create(id: id);
            await world.Create(id: "other-" + id, by: other);
            await LinkWorld.Until(async () => await world.Status(id) == "Ready" && await world.Status("other-" + id) == "Ready", "both have reached it");
            var kept = await world.Process.InScope<Db, string>(db => db.One<string>("select client_key_sealed from sitelink.connection", null, default));
            Assert.StartsWith("v1.", kept);
            Assert.DoesNotContain("PRIVATE KEY", kept, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_site_whose_certificate_files_cannot_be_used_is_shown_as_not_connected_and_said_once()
    {
        using var authority = Authority("site CA");
        using var client = Issue(authority, "client");
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100), connect: false, inventory: true);
        world.Site.Admits = _ => true;
        await Secure(world, Issue(authority, "controller"));
        await world.Connect(world.Site.Address, Write("tls.crt", "no certificate"), Write("tls.key", KeyPem(client)), PathOf("ca.crt"));
        Assert.Contains("certificate files cannot be used", await world.Disconnected(), StringComparison.Ordinal);
        await world.Create(id: "x");
        Write("ca.crt", Pem(authority));
        Write("tls.crt", "");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Equal("Pending", await world.Status("x"));
        Assert.Single(world.Process.Log.Lines);

        Write("tls.crt", Pem(client));
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "the files are mended");
        await world.Connected();
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(2048, true)]
    public async Task A_certificate_that_can_be_forged_is_refused_unless_that_is_allowed(int bits, bool sha1)
    {
        using var authority = Authority("site CA");
        using var client = Issue(authority, "client");
        var allowed = false;
        await using var world = await LinkWorld.Make(
            host, options => (options.RequestWait, options.AllowWeakCertificates) = (TimeSpan.FromMilliseconds(100), allowed), connect: false, inventory: true);
        world.Site.Admits = _ => true;
        world.Site.IsLax = true;
        await Secure(world, IssueWeak(authority, "controller", bits, sha1));
        await world.Connect(world.Site.Address, Write("tls.crt", Pem(client)), Write("tls.key", KeyPem(client)), Write("ca.crt", Pem(authority)));
        Assert.Contains("(CN=controller) is too weak", await world.Disconnected(), StringComparison.Ordinal);
        Assert.Empty(world.Site.Calls);

        allowed = true;
        var other = await world.Start(options => options.AllowWeakCertificates = true);
        await world.Create(id: "x", by: other);
        await LinkWorld.Until(async () => await world.Status("x") == "Ready", "it is allowed there");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_a_controller_wants_another_client_certificate_or_any_that_is_said(bool isShown)
    {
        using var authority = Authority("site CA");
        using var client = Issue(authority, "our client");
        await using var world = await LinkWorld.Make(host, options => options.RequestWait = TimeSpan.FromMilliseconds(100), connect: false, inventory: true);
        world.Site.Admits = _ => false;
        await Secure(world, Issue(authority, "controller"));
        var ca = Write("ca.crt", Pem(authority));
        await (isShown
            ? world.Connect(world.Site.Address, Write("tls.crt", Pem(client)), Write("tls.key", KeyPem(client)), ca)
            : world.Connect(world.Site.Address, authority: ca));
        var reason = await world.Disconnected();
        Assert.Contains("client certificate", reason, StringComparison.Ordinal);
        Assert.Equal(isShown, reason.Contains("CN=our client", StringComparison.Ordinal));
        Assert.Contains(world.Process.Log.Lines, line => line.Contains("client certificate", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://10.0.0.1:1079")]
    [InlineData("ftp://127.0.0.1:1079")]
    public async Task Plain_text_is_for_loopback_only(string core)
    {
        await using var world = await LinkWorld.Make(host, connect: false);
        Assert.Equal(400, (await Assert.ThrowsAsync<Problem>(() => world.Connect(new Uri(core)))).Status);
    }

    [Fact]
    public async Task A_certificate_goes_with_its_key()
    {
        await using var world = await LinkWorld.Make(host, connect: false);
        await Assert.ThrowsAsync<Problem>(() => world.Connect(new Uri("https://10.0.0.1:1079"), certificate: "tls.crt"));
    }

    [Fact]
    public async Task A_controller_that_moves_is_followed_by_every_process()
    {
        await using var world = await LinkWorld.Make(host);
        var other = await world.Start();
        await world.Create(id: "before", by: other);
        await using var moved = await FakeController.Start();
        await world.Connect(moved.Address);
        await Task.Delay(400, TestContext.Current.CancellationToken);
        await world.Create(id: "after", by: other);
        Assert.Equal((1, 1), (world.Site.Count("CreateVpc"), moved.Count("CreateVpc", "after")));
    }

    private static async Task Secure(LinkWorld world, X509Certificate2 certificate)
    {
        await world.Site.Pause();
        world.Site.Certificate = certificate;
        await world.Site.Resume();
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
