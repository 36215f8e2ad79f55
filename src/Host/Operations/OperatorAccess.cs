using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using System.Text;
using Nico.SharedKernel;

namespace Nico.Host.Operations;

/// <summary>
/// Who may use the operator's port. It answers to names of its own only, so that no web page can reach it by a name that it points here;
/// and where the port is not on loopback, whoever looks at sites and commands shows a token. Metrics and health are open.
/// </summary>
internal sealed class OperatorAccess(IConfiguration configuration)
{
    private const string Text = "Http:OperatorToken";
    private const string File = "Http:OperatorTokenFile";

    private readonly HashSet<string> _names = new(
        [.. configuration.GetSection("Http:OperatorHosts").Get<string[]>() ?? [], "localhost", Dns.GetHostName()], StringComparer.OrdinalIgnoreCase);

    /// <summary>The configured token; null without one. A file is read again each time, so that it can be exchanged.</summary>
    public static string? Token(IConfiguration configuration)
    {
        try
        {
            var token = configuration[File] is { Length: > 0 } file ? System.IO.File.ReadAllText(file).Trim() : configuration[Text];
            return string.IsNullOrEmpty(token) ? null : token;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationProblem($"{File}: {e.Message}");
        }
    }

    /// <summary>401 or 403 unless the request may have what it asks for.</summary>
    public void Require(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<AnyPort>() is not null)
        {
            return;
        }

        if (!string.IsNullOrEmpty(http.Request.Headers.Origin))
        {
            // A page in the operator's browser must not use the port in the operator's name.
            throw Problem.Forbidden("Nothing on this port is for web pages");
        }

        if (!IsOwn(http))
        {
            throw Problem.Forbidden("This port does not answer to that host name: Http:OperatorHosts names those that it has besides this machine's addresses");
        }

        if (http.Request.Path.StartsWithSegments("/ops") && !IsOnLoopback())
        {
            RequireToken(http);
        }
    }

    private bool IsOnLoopback() => configuration["Http:MetricsAddress"] is not { Length: > 0 } text || IPAddress.IsLoopback(Plain(IPAddress.Parse(text)));

    private void RequireToken(HttpContext http)
    {
        var token = Token(configuration)
            ?? throw Problem.Forbidden($"This port is not on loopback: set {File} or {Text} to use it");
        var shown = http.Request.Headers.Authorization.ToString();
        if (!shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown[7..].Trim())), SHA256.HashData(Encoding.UTF8.GetBytes(token))))
        {
            throw new Problem(StatusCodes.Status401Unauthorized, "The operator's token is needed");
        }
    }

    private bool IsOwn(HttpContext http)
    {
        var host = http.Request.Host.Host.Trim('[', ']');
        return _names.Contains(host.TrimEnd('.')) || (IPAddress.TryParse(host, out var address) && IsOwn(Plain(address), http.Connection.LocalIpAddress));
    }

    private static bool IsOwn(IPAddress address, IPAddress? local) => IPAddress.IsLoopback(address)
        || (local is not null && address.Equals(Plain(local)))
        || NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
