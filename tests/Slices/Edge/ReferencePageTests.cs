using System.Text.RegularExpressions;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>The interactive reference: the only page that there is.</summary>
public sealed partial class ReferencePageTests(TestHost host)
{
    [Fact]
    public async Task It_runs_its_own_scripts_alone()
    {
        using var http = new HttpClient { BaseAddress = host.Host.Address };
        List<string> nonces = [];
        for (var i = 0; i < 2; i++)
        {
            using var answer = await http.GetAsync("/docs/", TestContext.Current.CancellationToken);
            var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            var scripts = policy.Split(';').Single(part => part.Trim().StartsWith("script-src", StringComparison.Ordinal));
            Assert.DoesNotContain("unsafe", scripts, StringComparison.Ordinal);
            foreach (var part in new[] { "default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "connect-src 'self'" })
            {
                Assert.Contains(part, policy, StringComparison.Ordinal);
            }

            var nonce = Nonce().Match(scripts).Groups[1].Value;
            Assert.True(nonce.Length >= 16, policy);
            nonces.Add(nonce);
            var tags = ScriptTag().Matches(page);
            Assert.NotEmpty(tags);
            Assert.All(tags, tag => Assert.Contains($"nonce=\"{nonce}\"", tag.Value, StringComparison.Ordinal));
            Assert.DoesNotMatch("""\son[a-z]+=|javascript:""", page);
            foreach (Match own in Source().Matches(page))
            {
                using var script = await http.GetAsync(new Uri(answer.RequestMessage!.RequestUri!, own.Groups[1].Value), TestContext.Current.CancellationToken);
                Assert.True(script.IsSuccessStatusCode, own.Value);
            }
        }

        Assert.NotEqual(nonces[0], nonces[1]);
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/openapi/v2.json")]
    [InlineData("/v2/org/x/nico/site")]
    [InlineData("/nothing")]
    public async Task No_other_answer_is_a_page(string path)
    {
        using var http = new HttpClient { BaseAddress = host.Host.Address };
        using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
    }

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptTag();

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"", RegexOptions.IgnoreCase)]
    private static partial Regex Source();
}
