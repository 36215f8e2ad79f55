using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Nico.SiteLink.Connections;

/// <summary>
/// Where controllers may be. Whoever has a provider may name any address as a controller's: without this Nico could be made to talk to
/// whatever can be reached from it. Asked when a site is paired and again for each connection, for a name may mean another address by then.
/// </summary>
internal sealed class ControllerAddresses(IOptions<SiteLinkOptions> options)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Never a controller's, whatever is configured: this network, link-local with the clouds' metadata, multicast, and metadata elsewhere.</summary>
    private static readonly IPNetwork[] _never =
    [
        .. new[]
        {
            "0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
            "::/128", "fe80::/10", "ff00::/8", "fd00:ec2::254/128",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>The address as one text, whatever its spelling: no two sites have the same.</summary>
    public static string Endpoint(Uri core)
    {
        var host = core.IdnHost.Trim('[', ']').TrimEnd('.').ToLowerInvariant();
        if (IPAddress.TryParse(host, out var address))
        {
            address = Plain(address);
            host = IPAddress.IsLoopback(address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? "127.0.0.1" : address.ToString();
        }

        return $"{(host == "localhost" ? "127.0.0.1" : host)}:{core.Port}";
    }

    /// <summary>Why there may be no controller at <paramref name="core"/>; null when there may, or when the name cannot be resolved yet.</summary>
    public async Task<string?> Refusal(Uri core, CancellationToken ct)
    {
        try
        {
            var addresses = await Resolve(core.IdnHost, ct);
            return addresses.All(address => IsPermitted(core.IdnHost, address, core.Port))
                ? null
                : "must be in a network of SiteLink:ControllerNetworks, and no address of Nico's own";
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The addresses of the controller that may be connected to; a <see cref="SocketException"/> when there is none.</summary>
    public async Task<IPAddress[]> Permitted(DnsEndPoint controller, CancellationToken ct)
    {
        IPAddress[] permitted = [.. (await Resolve(controller.Host, ct)).Where(address => IsPermitted(controller.Host, address, controller.Port))];
        return permitted.Length > 0 ? permitted : throw new SocketException((int)SocketError.AccessDenied, "There may be no controller at this address");
    }

    private bool IsPermitted(string host, IPAddress found, int port)
    {
        var address = Plain(found);
        if (_never.Any(network => network.Contains(address)) || (IsOwnMachine(address) && options.Value.OwnPorts().Contains(port)))
        {
            return false;
        }

        return options.Value.ControllerNetworks is not { } networks
            || networks.Any(network => network.Contains(address))
            || options.Value.ConfiguredControllers.Contains(Endpoint(new UriBuilder(Uri.UriSchemeHttps, host, port).Uri));
    }

    private static async Task<IPAddress[]> Resolve(string host, CancellationToken ct)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
        {
            return [address];
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_patience);
        return await Dns.GetHostAddressesAsync(host, limit.Token);
    }

    private static bool IsOwnMachine(IPAddress address) => IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));

    /// <summary>The IPv4 address that an IPv6 one stands for: mapped, compatible, translated (64:ff9b::/96) or 6to4.</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IPv6Loopback.Equals(address) || IPAddress.IPv6Any.Equals(address))
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        return address.IsIPv4MappedToIPv6 || bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0 || bytes.AsSpan(0, 12).SequenceEqual(_translated)
            ? new IPAddress(bytes.AsSpan(12))
            : bytes is [0x20, 0x02, ..] ? new IPAddress(bytes.AsSpan(2, 4)) : address;
    }

    private static readonly byte[] _translated = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
}
