using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Nico.Host;
using Nico.Tests.Slices.Infrastructure;
using Xunit;
using static Nico.Tests.Slices.Infrastructure.TestCertificates;

namespace Nico.Tests.Slices.Edge;

/// <summary>The API with a certificate of its own: docs/configuration.md, section "TLS".</summary>
public sealed class TlsTests(TestHost host) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-tls-");
    private readonly X509Certificate2 _authority = Authority("CA");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string CertificateFile => Path.Combine(_folder.FullName, "tls.crt");

    private string KeyFile => Path.Combine(_folder.FullName, "tls.key");

    private Dictionary<string, string?> Settings => new() { ["Http:Certificate"] = CertificateFile, ["Http:CertificateKey"] = KeyFile };

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_API_speaks_TLS_alone_and_shows_a_new_certificate_without_a_stop()
    {
        using var first = Issue(_authority, "first");
        using var second = Issue(_authority, "second");
        using var third = Issue(_authority, "third");
        await Write(Pem(first), KeyPem(first));
        using var trusting = new SocketsHttpHandler { SslOptions = Trusting() };
        await using var running = await TestHost.StartHost(await host.NewDatabase(), Settings, host.Issuer, handler: trusting);
        var log = new LogLines();
        running.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        Assert.Equal("https", running.Address.Scheme);
        var answer = await running.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("tenant/current");
        Assert.Equal(200, answer.Status);
        Assert.StartsWith("max-age", answer.Headers["Strict-Transport-Security"], StringComparison.Ordinal);
        using (var plain = new HttpClient())
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => plain.GetAsync($"http://127.0.0.1:{running.Address.Port}/healthz", Stop));
        }

        // A connection that was there before stays as it is.
        await using var kept = await Connect(running);
        await Write(Pem(second), KeyPem(second));
        await Wait.Until(async () => await Shown(running) == "CN=second");
        await kept.WriteAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), Stop);
        Assert.Equal("HTTP/1.1 200 OK", await new StreamReader(kept).ReadLineAsync(Stop));

        // Half of a change, and what is none, leave the certificate as it was; each is said once.
        foreach (var (certificate, key) in new[] { ("no certificate", KeyPem(third)), (Pem(third), KeyPem(second)), (Pem(third), "") })
        {
            var before = Problems(log);
            await Write(certificate, key);
            await Wait.Until(async () => await Shown(running) == "CN=second" && Problems(log) > before);
        }

        File.Delete(KeyFile);
        await Wait.Until(async () => await Shown(running) == "CN=second" && Problems(log) == 4);
        await Write(Pem(third), KeyPem(third));
        await Wait.Until(async () => await Shown(running) == "CN=third");
        Assert.Equal(4, Problems(log));
    }

    [Fact]
    public async Task Files_that_cannot_be_used_stop_the_start_with_a_sentence()
    {
        using var one = Issue(_authority, "one");
        using var other = Issue(_authority, "other");
        Assert.Contains("Http:Certificate", Refusal(Settings), StringComparison.Ordinal);
        Assert.Contains("Http:CertificateKey", Refusal(new Dictionary<string, string?> { ["Http:CertificateKey"] = KeyFile }), StringComparison.Ordinal);
        await Write(Pem(one), KeyPem(other));
        Assert.Contains("Http:Certificate", Refusal(Settings), StringComparison.Ordinal);
        await Write(Pem(one), "");
        Assert.Contains("Http:Certificate", Refusal(Settings), StringComparison.Ordinal);
        Assert.Contains("Http:Certificate", Refusal(new Dictionary<string, string?> { ["Http:Certificate"] = CertificateFile }), StringComparison.Ordinal);
        await Write(Pem(one), KeyPem(one));
        File.SetUnixFileMode(KeyFile, (UnixFileMode)0b110_000_010);
        Assert.Contains(KeyFile, Refusal(Settings), StringComparison.Ordinal);
    }

    private static string Refusal(Dictionary<string, string?> settings) => Assert.Throws<ConfigurationProblem>(() => NicoServer.Build(new ServerSettings
    {
        ConnectionString = "Host=localhost",
        Overrides = new Dictionary<string, string?>(settings) { ["Http:Port"] = "0", ["Http:MetricsPort"] = "0" },
    })).Message;

    private static int Problems(LogLines log) => log.Lines.Count(line => line.Level == LogLevel.Error && line.Text.Contains("tls.crt", StringComparison.Ordinal));

    /// <summary>The name in the certificate that a new connection is shown.</summary>
    private async Task<string> Shown(RunningHost running)
    {
        await using var tls = await Connect(running);
        return tls.RemoteCertificate!.Subject;
    }

    private async Task<SslStream> Connect(RunningHost running)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", running.Address.Port, Stop);
        var tls = new SslStream(tcp.GetStream());
        var options = Trusting();
        options.TargetHost = "127.0.0.1";
        await tls.AuthenticateAsClientAsync(options, Stop);
        return tls;
    }

    private SslClientAuthenticationOptions Trusting()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private async Task Write(string certificate, string key)
    {
        await File.WriteAllTextAsync(CertificateFile, certificate, Stop);
        await File.WriteAllTextAsync(KeyFile, key, Stop);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
