namespace Nico.SiteSimulator;

/// <summary>How a simulated site is built and served.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The site's name; ids, serials and addresses of its hardware derive from it.</summary>
    public required string SiteName { get; init; }

    /// <summary>Number of hosts: GB200 NVL72 racks and DGX H100, from 100 hosts on also DGX B200, CPU nodes and hosts without DPU.</summary>
    public int Machines { get; init; } = 36;

    /// <summary>Which hosts exactly, instead of <see cref="Machines"/>: <c>gb200=18,dgx-h100=4,dgx-b200=2,r750=4,h100-nvl=2</c>.</summary>
    public string? Layout { get; init; }

    /// <summary>How much faster than real hardware the site is: all durations are divided by it. 1 is real time, infinity makes every delay 0.</summary>
    public double Speed { get; init; } = 60;

    /// <summary>Folder of the durable state; null keeps it in memory only.</summary>
    public string? StateFolder { get; init; }

    /// <summary>Bytes of journal after which the state is written anew as a snapshot.</summary>
    public long CompactAt { get; init; } = 8 << 20;

    /// <summary>Port of the gRPC service on 127.0.0.1; 0 takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of the control endpoint on 127.0.0.1; 0 takes any free one, -1 leaves it out.</summary>
    public int ControlPort { get; init; }

    /// <summary>How many objects can be read by id in one call.</summary>
    public int MaxFindByIds { get; init; } = 100;

    /// <summary>Networks from which tenants' prefixes and segments may be taken.</summary>
    public IReadOnlyList<string> FabricPrefixes { get; init; } =
    [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "192.166.0.0/16", "100.64.0.0/10", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "fd00::/8", "2001:db8::/32",
    ];

    /// <summary>First VNI that the site gives to VPCs that ask for none; with all that follow within 65535, the API's limit.</summary>
    public int FirstVni { get; init; } = 25_000;

    /// <summary>How many VNIs the site can give.</summary>
    public int Vnis { get; init; } = 40_000;

    /// <summary>The widest routing profile of a tenant that was created without one: <c>EXTERNAL</c>, <c>INTERNAL</c> or <c>PRIVILEGED_INTERNAL</c>.</summary>
    public string TenantRoutingProfile { get; init; } = "PRIVILEGED_INTERNAL";

    /// <summary>Whether one host still waits for its SKU, one has failed and one is in maintenance (at sites of 12 hosts or more).</summary>
    public bool Blemishes { get; init; } = true;

    /// <summary>Share of the hosts whose health changes a little (a sensor's alert without consequences) per simulated minute.</summary>
    public double Churn { get; init; } = 0.001;

    /// <summary>Whether a released machine with a reported issue also gets a request for repair.</summary>
    public bool AutoRepair { get; init; }

    /// <summary>PEM file of the server's certificate chain. With it the site is served over TLS; read again when it changes.</summary>
    public string? ServerCertificate { get; init; }

    /// <summary>PEM file of the server certificate's key; null when it is in the same file.</summary>
    public string? ServerKey { get; init; }

    /// <summary>PEM file of the authorities whose client certificates are accepted; with it every client must show one. Read again when it changes.</summary>
    public string? ClientAuthority { get; init; }
}
