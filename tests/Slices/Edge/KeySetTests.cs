using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>How issuers' keys are fetched, kept and forgotten. spec/00-conventions.md, sections 3.3 and 16.</summary>
public sealed class KeySetTests(TestHost tests) : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly Dictionary<string, string?> _settings = [];
    private readonly List<TestIssuer> _all = [];
    private IssuerServer _server = null!;
    private RunningHost _host = null!;
    private TestIssuer _issuer = null!;
    private TestIssuer _other = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await IssuerServer.Start();
        _issuer = Add("one", ("JwksTimeout", "700ms"));
        _other = Add("two");
        // To the second: what the leeway does is in TokenTests.
        _settings["Tokens:Leeway"] = "00:00:00";
        _host = await TestHost.StartHost(await tests.NewDatabase(), _settings, null, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
        _all.ForEach(issuer => issuer.Key.Dispose());
    }

    private TestIssuer Add(string name, params (string Key, string Value)[] more)
    {
        var issuer = new TestIssuer(name, TestKey.Make("ES256"), _clock);
        issuer.AddTo(_settings, _server, [("ClaimMappings:0:OrgName", name), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"), .. more]);
        _server.Publish(name, issuer.Key.Jwk());
        _all.Add(issuer);
        return issuer;
    }

    private Task<Answer> Ask(TestIssuer issuer, string? token = null) => _host.Bearing(issuer.Name, token ?? issuer.Token()).Get("user/current");

    private void Later(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    [Fact]
    public async Task A_new_key_is_found_ten_seconds_after_the_last_look()
    {
        using var next = TestKey.Make("ES256");
        var old = _issuer.Token();
        (await Ask(_issuer, old)).Is(200);
        _server.Publish("one", next.Jwk());
        (await Ask(_issuer, next.Sign(_issuer.Claims()))).Is(401);
        Later(9);
        (await Ask(_issuer, next.Sign(_issuer.Claims()))).Is(401);
        Assert.Equal(1, _server.Asked("one"));
        Later(2);
        (await Ask(_issuer, next.Sign(_issuer.Claims()))).Is(200);
        Assert.Equal(2, _server.Asked("one"));
        // The old key went with the old set, for tokens too that were verified before.
        (await Ask(_issuer, old)).Is(401);
    }

    [Fact]
    public async Task A_new_key_is_found_without_a_key_id_too()
    {
        using var next = TestKey.Make("ES256");
        (await Ask(_issuer)).Is(200);
        _server.Publish("one", _issuer.Key.Jwk(), next.Jwk());
        Later(11);
        (await Ask(_issuer, next.Sign(_issuer.Claims(), header => header.Remove("kid")))).Is(200);
    }

    [Fact]
    public async Task A_withdrawn_key_ends_within_a_minute_although_nothing_asks_for_another()
    {
        using var stays = TestKey.Make("ES256");
        _server.Publish("one", _issuer.Key.Jwk(), stays.Jwk());
        var token = _issuer.Token();
        (await Ask(_issuer, token)).Is(200);
        _server.Publish("one", stays.Jwk());
        Later(20);
        (await Ask(_issuer, token)).Is(200);
        Later(41);
        (await Ask(_issuer, token)).Is(401);
        (await Ask(_issuer, stays.Sign(_issuer.Claims()))).Is(200);
    }

    [Fact]
    public async Task Keys_are_renewed_beside_the_requests_that_use_them()
    {
        (await Ask(_issuer)).Is(200);
        _server.Answer("one", async http =>
        {
            await Task.Delay(500);
            await http.Response.WriteAsync(IssuerServer.Set(_issuer.Key.Jwk()));
        });
        Later(31);
        var watch = Stopwatch.StartNew();
        (await Ask(_issuer)).Is(200);
        Assert.True(watch.ElapsedMilliseconds < 450, $"{watch.ElapsedMilliseconds} ms");
        await Wait.Until(() => _server.Asked("one") == 2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html></html>")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"keys":7}""")]
    public async Task What_is_no_set_leaves_the_old_one(string answer)
    {
        (await Ask(_issuer)).Is(200);
        _server.Answer("one", answer);
        Later(61);
        (await Ask(_issuer)).Is(200);
        Assert.Equal(2, _server.Asked("one"));
    }

    [Theory]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":["a",null]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"AAAA"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]}""")]
    public async Task A_set_without_a_usable_key_is_a_set_and_ends_every_token(string answer)
    {
        var token = _issuer.Token();
        (await Ask(_issuer, token)).Is(200);
        (await Ask(_issuer, token)).Is(200);
        _server.Answer("one", answer);
        Later(61);
        (await Ask(_issuer, token)).Is(401);
        Assert.Equal(2, _server.Asked("one"));
        _server.Publish("one", _issuer.Key.Jwk());
        Later(11);
        (await Ask(_issuer, token)).Is(200);
    }

    [Fact]
    public async Task A_good_key_works_beside_broken_ones()
    {
        _server.Answer("one", $$"""{"keys":[7,null,"a",[],{},{"kty":"RSA","n":"!","e":"AQAB"},{"kty":"EC","crv":"P-256"},{{_issuer.Key.Jwk().ToJsonString()}}]}""");
        (await Ask(_issuer)).Is(200);
    }

    [Fact]
    public async Task Keys_that_cannot_be_fetched_again_are_trusted_for_an_hour_and_no_longer()
    {
        using var next = TestKey.Make("ES256");
        var token = _issuer.Token(("exp", _issuer.In(TimeSpan.FromHours(9))));
        (await Ask(_issuer, token)).Is(200);
        (await Ask(_other)).Is(200);
        Assert.DoesNotContain((await Ready()).Warnings?.AsArray() ?? [], IsOfIssuers);
        foreach (var failure in new[] { IssuerServer.Status(500), IssuerServer.Status(204), http => http.Response.WriteAsync(new string(' ', 1_100_000)), http => http.Response.WriteAsync("no set") })
        {
            _server.Answer("one", failure);
            Later(14 * 60);
            (await Ask(_issuer, token)).Is(200);
        }

        // 56 minutes are over.
        var (status, warnings) = await Ready();
        Assert.Equal(200, status);
        Assert.Contains("issuer one", OfIssuers(warnings), StringComparison.Ordinal);
        Later(4 * 60);
        (await Ask(_issuer, token)).Is(401);
        (await Ask(_issuer, _issuer.Token())).Is(401);

        // Others are let in, so that the service is ready; the failure is told, and measured.
        (await Ask(_other)).Is(200);
        (status, warnings) = await Ready();
        Assert.Equal(200, status);
        Assert.Contains("not accepted", OfIssuers(warnings), StringComparison.Ordinal);
        var measured = Measured();
        Assert.Equal(0, measured["nico_issuer_keys"]);
        Assert.InRange(measured["nico_issuer_key_set_age"], 3600, 3700);

        _server.Publish("one", next.Jwk());
        Later(61);
        (await Ask(_issuer, token)).Is(401);
        (await Ask(_issuer, next.Sign(_issuer.Claims()))).Is(200);
        Assert.DoesNotContain((await Ready()).Warnings?.AsArray() ?? [], IsOfIssuers);
    }

    [Fact]
    public async Task Without_any_issuer_whose_keys_are_to_be_had_the_service_is_not_ready()
    {
        (await Ask(_issuer)).Is(200);
        (await Ask(_other)).Is(200);
        _server.Answer("one", IssuerServer.Status(500));
        _server.Answer("two", IssuerServer.Status(500));
        Later(61 * 60);
        (await Ask(_issuer)).Is(401);
        (await Ask(_other)).Is(401);
        Assert.Equal(503, (await Ready()).Status);
        _server.Publish("two", _other.Key.Jwk());
        Later(11);
        (await Ask(_other)).Is(200);
        Assert.Equal(200, (await Ready()).Status);
    }

    /// <summary>The one warning besides that of the clock, which this test moves.</summary>
    private static string OfIssuers(JsonNode? warnings) =>
        Assert.Single(warnings!.AsArray(), IsOfIssuers).Text();

    private static bool IsOfIssuers(JsonNode? warning) => !warning.Text().StartsWith("The clock", StringComparison.Ordinal);

    private async Task<(int Status, JsonNode? Warnings)> Ready()
    {
        using var http = new HttpClient { BaseAddress = _host.OperatorAddress };
        using var answer = await http.GetAsync("/readyz", TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["warnings"]);
    }

    /// <summary>What is measured of the first issuer.</summary>
    private static Dictionary<string, double> Measured()
    {
        var measured = new Dictionary<string, double>();
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "Nico.Issuers")
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            if (tags[0].Value is "one")
            {
                measured[instrument.Name] = value;
            }
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    [Fact]
    public async Task A_dead_endpoint_is_asked_once_in_ten_seconds_and_leaves_other_issuers_alone()
    {
        (await Ask(_other)).Is(200);
        _server.Answer("one", http => Task.Delay(30_000, http.RequestAborted));
        var slow = Ask(_issuer);
        var watch = Stopwatch.StartNew();
        (await Ask(_other)).Is(200);
        Assert.True(watch.ElapsedMilliseconds < 600, $"{watch.ElapsedMilliseconds} ms");
        (await slow).Is(401);
        for (var i = 0; i < 20; i++)
        {
            using var forged = TestKey.Make("ES256");
            (await Ask(_issuer, forged.Sign(_issuer.Claims()))).Is(401);
        }

        Assert.Equal(1, _server.Asked("one"));
        _server.Publish("one", _issuer.Key.Jwk());
        (await Ask(_issuer)).Is(401);
        Later(11);
        (await Ask(_issuer)).Is(200);
        Assert.Equal(2, _server.Asked("one"));
    }

    [Fact]
    public async Task Forged_key_ids_cause_one_look_in_ten_seconds()
    {
        (await Ask(_issuer)).Is(200);
        Later(11);
        for (var i = 0; i < 10; i++)
        {
            using var forged = TestKey.Make("ES256");
            (await Ask(_issuer, forged.Sign(_issuer.Claims()))).Is(401);
        }

        Assert.Equal(2, _server.Asked("one"));
        (await Ask(_issuer)).Is(200);
    }

    [Fact]
    public async Task First_requests_at_the_same_time_wait_for_one_fetch()
    {
        _server.Answer("one", async http =>
        {
            await Task.Delay(300);
            await http.Response.WriteAsync(IssuerServer.Set(_issuer.Key.Jwk()));
        });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Ask(_issuer)));
        Assert.All(answers, answer => answer.Is(200));
        Assert.Equal(1, _server.Asked("one"));
    }

    [Fact]
    public async Task A_token_that_was_accepted_ends_when_it_expires_and_begins_when_it_says()
    {
        var token = _issuer.Token(("exp", _issuer.In(TimeSpan.FromSeconds(20))), ("nbf", _issuer.In(TimeSpan.FromSeconds(5))));
        (await Ask(_issuer, token)).Is(401);
        Later(6);
        (await Ask(_issuer, token)).Is(200);
        (await Ask(_issuer, token)).Is(200);
        Later(15);
        Assert.Contains("expired", (await Ask(_issuer, token)).Is(401)["message"].Text(), StringComparison.Ordinal);
    }
}
