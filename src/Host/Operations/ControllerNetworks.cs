using System.Net;

namespace Nico.Host.Operations;

/// <summary>The networks that controllers may be in: the list <c>SiteLink:ControllerNetworks</c>.</summary>
internal static class ControllerNetworks
{
    private const string Key = "SiteLink:ControllerNetworks";

    /// <summary>The configured ones. Without any: loopback where everything is on one machine, none elsewhere.</summary>
    public static IReadOnlyList<IPNetwork> From(IConfiguration configuration, bool isEmbedded) =>
        configuration.GetSection(Key).Get<string[]>() is { Length: > 0 } given ? [.. given.Select(Parsed)]
        : isEmbedded ? [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]
        : [];

    private static IPNetwork Parsed(string text) =>
        IPNetwork.TryParse(text, out var network) ? network : throw new ConfigurationProblem($"{Key}: '{text}' is no network, such as 10.0.0.0/8");
}
