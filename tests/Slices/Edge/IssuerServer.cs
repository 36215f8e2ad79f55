using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using Nico.Host.CommandLine;

namespace Nico.Tests.Slices.Edge;

/// <summary>Serves the key sets of any number of issuers over HTTP, and can be told to fail.</summary>
internal sealed class IssuerServer : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _sets = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly WebApplication _app;

    private IssuerServer(WebApplication app) => _app = app;

    public static async Task<IssuerServer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new IssuerServer(app);
        app.Run(async http =>
        {
            var name = http.Request.Path.Value!.Trim('/');
            server._asked.AddOrUpdate(name, 1, (_, times) => times + 1);
            await (server._sets.TryGetValue(name, out var answer) ? answer(http) : Status(404)(http));
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Where the key set of an issuer is.</summary>
    public string Jwks(string name) => $"{Listening.Addresses(_app)[0]}/{name}";

    /// <summary>How often it was asked for.</summary>
    public int Asked(string name) => _asked.GetValueOrDefault(name);

    public void Publish(string name, params JsonObject[] keys) => Answer(name, Set(keys));

    public void Answer(string name, string text) => _sets[name] = http => http.Response.WriteAsync(text);

    public void Answer(string name, Func<HttpContext, Task> answer) => _sets[name] = answer;

    public static string Set(params JsonObject[] keys) => new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => key.DeepClone())]) }.ToJsonString();

    public static Func<HttpContext, Task> Status(int status) => http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

/// <summary>A key pair of an issuer; signs tokens by hand, so that they can be wrong in any way.</summary>
internal sealed class TestKey : IDisposable
{
    private readonly AsymmetricAlgorithm _pair;

    private TestKey(AsymmetricAlgorithm pair, string alg, string kid) => (_pair, Alg, Kid) = (pair, alg, kid);

    public string Alg { get; }

    public string Kid { get; }

    public static TestKey Make(string alg, string? kid = null) => new(
        alg switch
        {
            "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => RSA.Create(2048),
        },
        alg,
        kid ?? Guid.NewGuid().ToString("N"));

    /// <summary>An RSA key of any length.</summary>
    public static TestKey Rsa(int bits) => new(RSA.Create(bits), "RS256", Guid.NewGuid().ToString("N"));

    /// <summary>The public key as an issuer publishes it.</summary>
    public JsonObject Jwk(string? alg = null, string? use = "sig", string? kid = null, bool withAlg = true)
    {
        var key = new JsonObject { ["kid"] = kid ?? Kid };
        if (withAlg)
        {
            key["alg"] = alg ?? Alg;
        }

        if (use is not null)
        {
            key["use"] = use;
        }

        switch (_pair)
        {
            case RSA rsa:
                var modulus = rsa.ExportParameters(false);
                key["kty"] = "RSA";
                key["n"] = Base64UrlEncoder.Encode(modulus.Modulus);
                key["e"] = Base64UrlEncoder.Encode(modulus.Exponent);
                break;
            case ECDsa ec:
                var point = ec.ExportParameters(false);
                key["kty"] = "EC";
                key["crv"] = "P-" + ec.KeySize;
                key["x"] = Base64UrlEncoder.Encode(point.Q.X);
                key["y"] = Base64UrlEncoder.Encode(point.Q.Y);
                break;
        }

        return key;
    }

    /// <summary>A token with these claims.</summary>
    public string Sign(JsonObject claims, Action<JsonObject>? header = null, string? alg = null)
    {
        var head = new JsonObject { ["alg"] = alg ?? Alg, ["typ"] = "JWT", ["kid"] = Kid };
        header?.Invoke(head);
        var text = Part(head) + "." + Part(claims);
        return text + "." + Base64UrlEncoder.Encode(Signature(Encoding.ASCII.GetBytes(text), alg ?? Alg));
    }

    /// <summary>The public key as PEM: what an attacker takes for an HMAC secret.</summary>
    public string Pem() => _pair.ExportSubjectPublicKeyInfoPem();

    public static string Part(JsonObject part) => Base64UrlEncoder.Encode(part.ToJsonString());

    public void Dispose() => _pair.Dispose();

    private byte[] Signature(byte[] text, string alg)
    {
        var hash = alg[2..] switch
        {
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        return _pair is ECDsa ec
            ? ec.SignData(text, hash)
            : ((RSA)_pair).SignData(text, hash, alg.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }
}

/// <summary>An issuer under test: its key, its claims and its entry in the configuration.</summary>
internal sealed class TestIssuer(string name, TestKey key, TimeProvider? clock = null)
{
    public string Name => name;

    public string Uri => $"https://{name}.example/realm";

    public TestKey Key => key;

    /// <summary>The claims of an ordinary token, and more.</summary>
    public JsonObject Claims(params (string Name, JsonNode? Value)[] more)
    {
        var claims = new JsonObject
        {
            ["iss"] = Uri,
            ["sub"] = "somebody",
            ["exp"] = In(TimeSpan.FromHours(1)),
        };
        foreach (var (claim, value) in more)
        {
            claims[claim] = value?.DeepClone();
        }

        return claims;
    }

    public long In(TimeSpan time) => ((clock ?? TimeProvider.System).GetUtcNow() + time).ToUnixTimeSeconds();

    public string Token(params (string Name, JsonNode? Value)[] more) => key.Sign(Claims(more));

    /// <summary>Adds the issuer to a Host's settings.</summary>
    public void AddTo(Dictionary<string, string?> settings, IssuerServer server, params (string Key, string Value)[] more)
    {
        var at = "Issuers:" + settings.Keys.Count(k => k.EndsWith(":Issuer", StringComparison.Ordinal));
        settings[at + ":Name"] = name;
        settings[at + ":Issuer"] = Uri;
        settings[at + ":Jwks"] = server.Jwks(name);
        foreach (var (option, value) in more)
        {
            settings[at + ":" + option] = value;
        }
    }
}
