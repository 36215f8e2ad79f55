using Nico.Tests.Slices.Infrastructure;
using Xunit;
using YamlDotNet.Serialization;

namespace Nico.Tests.Slices.Compute;

/// <summary>The order to phone home in user data: spec/32-operating-system.md, sections 3.2, 8 and 9.</summary>
public sealed class OperatingSystemsPhoneHomeTests(TestHost host)
{
    private const string Order = "phone_home:\n  url: http://localhost\n  post: all\n";

    public static TheoryData<string?, string> Rewritten => new()
    {
        { null, "#cloud-config\n" + Order },
        { "", "#cloud-config\n" + Order },
        { "#cloud-config\npackages: [vim]\n", "#cloud-config\npackages: [vim]\n" + Order },
        { "packages: [vim]", "#cloud-config\npackages: [vim]\n" + Order },
        { "#cloud-config\n\n# ours\nusers:\n- name: a   # first\nruncmd: |\n  echo 1\n\n  echo 2", "#cloud-config\n\n# ours\nusers:\n- name: a   # first\nruncmd: |\n  echo 1\n\n  echo 2\n" + Order },
        { "#cloud-config\nphone_home:\n  url: http://others\n  post: [pub_key]\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\na: 1\nphone_home: {url: http://localhost}\nb: 2\nphone_home:\n  url: |\n    http://x\n# end\n", "#cloud-config\na: 1\nb: 2\n# end\n" + Order },
        { "#cloud-config\nphone_home: {\n  url: http://others,\n  tries: 3\n}\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\nphone_home:\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\nphone_home: yes\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\nphone_home:\n- url: x\n- y\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\nphone_home:\n  url: http://localhost\n", "#cloud-config\n" + Order },
        { "#cloud-config\nphone_home:\n  url: http://localhost", "#cloud-config\n" + Order },
        { "#cloud-config\n\"phone_home\": {}\nb: 2\n", "#cloud-config\nb: 2\n" + Order },
        { "#cloud-config\nb:\n  phone_home: 1\n", "#cloud-config\nb:\n  phone_home: 1\n" + Order },
        { "#cloud-config\na: 1\n...\n", "#cloud-config\na: 1\n" + Order + "...\n" },
        { "---\na: 1\n", "#cloud-config\n---\na: 1\n" + Order },
        { "# a comment\na: 1\n", "#cloud-config\n# a comment\na: 1\n" + Order },
        { "#cloud-config-like\na: 1\n", "#cloud-config\n#cloud-config-like\na: 1\n" + Order },
        { "\n#cloud-config\na: 1\n", "\n#cloud-config\na: 1\n" + Order },
        { "## template: jinja\n#cloud-config\na: 1\n", "## template: jinja\n#cloud-config\na: 1\n" + Order },
        { "## template: jinja\na: 1\n", "## template: jinja\n#cloud-config\na: 1\n" + Order },
        { "  a: 1\n  b: 2\n", "#cloud-config\n  a: 1\n  b: 2\n  phone_home:\n    url: http://localhost\n    post: all\n" },
        { "#cloud-config\r\na: 1\r\nphone_home:\r\n  url: x\r\nb: 2\r\n", "#cloud-config\r\na: 1\r\nb: 2\r\n" + Order.ReplaceLineEndings("\r\n") },
        { "{}", "#cloud-config\n{\"phone_home\": {\"url\": \"http://localhost\", \"post\": \"all\"}}" },
        { "{\"a\": [1, {\"b\": 2}], \"phone_home\": {\"url\": \"x\"}, c: }\n", "#cloud-config\n{\"a\": [1, {\"b\": 2}], c, \"phone_home\": {\"url\": \"http://localhost\", \"post\": \"all\"}}\n" },
        { "#cloud-config\nname: \u00e9\ud83d\ude80\nphone_home: {url: x}\nz: \u6f22\n", "#cloud-config\nname: \u00e9\ud83d\ude80\nz: \u6f22\n" + Order },
    };

    public static TheoryData<string> NoMappings =>
    [
        "test", "#test", "#cloud-config", "#cloud-config\n", "- a\n- b\n", "<xml/>", "#!/bin/sh\necho 1\n", "random:\nbare line\n", "a: 1\n---\nb: 2\n", "a: [1\n", "a: 1\n b: 2\n", "\"text\"", "42", "\t\ta: 1",
        "Content-Type: multipart/mixed; boundary=\"x\"\nMIME-Version: 1.0\n\n--x\n", "a: &x 1\nb: *x\nc: {", "? [\n",
    ];

    [Theory]
    [MemberData(nameof(Rewritten))]
    public async Task The_order_is_put_in_and_the_rest_stays(string? userData, string expected)
    {
        var (api, _) = await host.Tenant();
        var system = (await api.Post("operating-system", new { name = "os", ipxeScript = "boot", phoneHomeEnabled = true, userData })).Is(201);
        Assert.Equal(expected, system["userData"].Text());
        Assert.True(system["phoneHomeEnabled"].Flag());
        var read = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(expected);
        var order = Assert.IsType<Dictionary<object, object>>(read["phone_home"]);
        Assert.Equal("http://localhost", order["url"]);
        Assert.Equal("all", order["post"]);
        Assert.Equal(expected, (await api.Get($"operating-system/{system["id"]}")).Is(200)["userData"].Text());
    }

    [Theory]
    [MemberData(nameof(NoMappings))]
    public async Task What_is_no_mapping_is_refused_and_without_phone_home_left_alone(string userData)
    {
        var (api, _) = await host.Tenant();
        (await api.Post("operating-system", new { name = "os", ipxeScript = "boot", phoneHomeEnabled = true, userData })).Fails(400, "userData");
        Assert.Equal(0, (await api.Get("operating-system")).Total);
        foreach (var off in new bool?[] { null, false })
        {
            var system = (await api.Post("operating-system", new { name = "os-" + off, ipxeScript = "boot", phoneHomeEnabled = off, userData })).Is(201);
            Assert.Equal(userData, system["userData"].Text());
        }
    }

    [Fact]
    public async Task Without_phone_home_even_an_order_stays()
    {
        var (api, _) = await host.Tenant();
        var system = (await api.Post("operating-system", new { name = "os", ipxeScript = "boot", userData = "#cloud-config\n" + Order })).Is(201);
        Assert.Equal("#cloud-config\n" + Order, system["userData"].Text());
    }

    [Fact]
    public async Task Nesting_without_end_is_refused_soon()
    {
        var (api, _) = await host.Tenant();
        var started = DateTime.UtcNow;
        foreach (var deep in new[]
        {
            "a: " + new string('[', 500_000), new string('{', 500_000), "a: " + new string('[', 30_000), new string('{', 30_000),
            string.Concat(Enumerable.Range(0, 240).Select(i => new string(' ', i) + "a:\n")),
        })
        {
            (await api.Post("operating-system", new { name = "os", ipxeScript = "boot", phoneHomeEnabled = true, userData = deep })).Fails(400, "userData");
        }

        Assert.True(DateTime.UtcNow - started < TimeSpan.FromSeconds(10));
    }
}
