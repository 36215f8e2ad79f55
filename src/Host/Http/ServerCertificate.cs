using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Nico.Host.Development;

namespace Nico.Host.Http;

/// <summary>
/// The PEM files of the API's own certificate: <c>Http:Certificate</c>, and <c>Http:CertificateKey</c> unless the key is in the same file.
/// </summary>
internal sealed record CertificateFiles(string Certificate, string Key)
{
    private const string CertificateKey = "Http:Certificate";
    private const string KeyKey = "Http:CertificateKey";

    /// <summary>The files that the configuration names; null without any, and then the API is served without TLS.</summary>
    public static CertificateFiles? From(IConfiguration configuration)
    {
        var certificate = configuration[CertificateKey];
        var key = configuration[KeyKey];
        return string.IsNullOrEmpty(certificate)
            ? string.IsNullOrEmpty(key) ? null : throw new ConfigurationProblem($"{KeyKey} goes with {CertificateKey}")
            : new CertificateFiles(certificate, string.IsNullOrEmpty(key) ? certificate : key);
    }

    /// <summary>What is in them now.</summary>
    public (string Certificate, string Key) Read() => (File.ReadAllText(Certificate), File.ReadAllText(Key));

    /// <summary>Reads them for the first time: wrong ones, and a key that another account may write, are problems.</summary>
    public SslStreamCertificateContext Checked()
    {
        try
        {
            Guarded.Require(Key);
            return Context(Read());
        }
        catch (Exception e) when (IsUnusable(e))
        {
            throw new ConfigurationProblem($"{CertificateKey}: {Certificate} with the key of {Key} cannot be used: {e.Message}");
        }
    }

    /// <summary>The certificate with its key, and the certificates of those who issued it, which clients may not have.</summary>
    public static SslStreamCertificateContext Context((string Certificate, string Key) pem)
    {
        var certificate = X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem.Certificate);
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>True for what reading may end in: no file, no certificate, no key, or one that is another's.</summary>
    public static bool IsUnusable(Exception e) =>
        e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;
}

/// <summary>
/// The certificate that the API shows. Its files are looked at when somebody connects, at most once a second; new ones count for new
/// connections, and files that cannot be used leave the certificate as it was.
/// </summary>
internal sealed partial class ServerCertificate(CertificateFiles files, ILogger<ServerCertificate> log)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private SslStreamCertificateContext _current = files.Checked();
    private (string, string)? _seen;
    private string? _problem;
    private long _looked;

    /// <summary>How a new connection is secured.</summary>
    public ValueTask<SslServerAuthenticationOptions> Secure() =>
        ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = Current() });

    private SslStreamCertificateContext Current()
    {
        lock (_gate)
        {
            if (_looked == 0 || Stopwatch.GetElapsedTime(_looked) >= _pause)
            {
                Look();
                _looked = Stopwatch.GetTimestamp();
            }

            return _current;
        }
    }

    private void Look()
    {
        try
        {
            // By what is in them: a mounted secret is exchanged by a link, and times say nothing of that.
            var now = files.Read();
            if (now == _seen)
            {
                return;
            }

            _seen = now;
            _current = CertificateFiles.Context(now);
            _problem = null;
            Loaded(log, files.Certificate, _current.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (Exception e) when (CertificateFiles.IsUnusable(e))
        {
            if (e.Message != _problem)
            {
                _problem = e.Message;
                Unusable(log, files.Certificate, files.Key, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The API shows the certificate of {File}, valid until {End:u}")]
    private static partial void Loaded(ILogger log, string file, DateTime end);

    [LoggerMessage(
        Level = LogLevel.Error, Message = "The certificate of {File} with the key of {Key} cannot be used, the one from before is shown: {Reason}")]
    private static partial void Unusable(ILogger log, string file, string key, string reason);
}
