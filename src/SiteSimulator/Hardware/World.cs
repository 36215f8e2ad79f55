using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;

namespace Nico.SiteSimulator.Hardware;

/// <summary>
/// One host as built into its rack. All else about it (parts, serials, addresses) is worked out from the site's seed and
/// <see cref="Key"/> when somebody asks, so that a host costs some hundred bytes at rest.
/// </summary>
internal sealed class Host(Profile profile, int index, string id)
{
    public Profile Profile => profile;

    /// <summary>Position among the hosts of the same model, from 0.</summary>
    public int Index => index;

    public string Id => id;

    /// <summary>Ids of the host's DPUs once somebody asked; each takes a certificate to work out.</summary>
    public string[]? DpuIds { get; set; }

    /// <summary>What a site knows of the host that never changes, written out, once somebody asked: some ten kilobytes.</summary>
    public byte[]? Hardware { get; set; }

    public string Key => $"{profile.Name}/{index}";

    public int RackNumber => index / profile.HostsPerRack;

    /// <summary>Position in the rack, from 0.</summary>
    public int Slot => index % profile.HostsPerRack;

    public string Rack => $"{profile.Row}{RackNumber + 1:00}";

    /// <summary>A number that no other host of the site has, whatever the layout.</summary>
    public int Number => index * 8 + profile.Number;
}

/// <summary>The hosts of a site and what is where.</summary>
internal sealed class World
{
    // Networks of the provider, outside everything that a tenant can be given: each host has 4 places in each.
    private static readonly uint AdminNetwork = Address("11.0.0.0");
    private static readonly uint BmcNetwork = Address("11.64.0.0");
    private static readonly uint LoopbackNetwork = Address("11.128.0.0");

    private readonly FrozenDictionary<string, Host> _byId;
    private readonly Lazy<FrozenDictionary<string, (Host Host, int Dpu)>> _dpus;

    public World(Seed seed, IReadOnlyList<(Profile Profile, int Count)> layout)
    {
        Seed = seed;
        Layout = layout;
        var hosts = new Host[layout.Sum(part => part.Count)];
        var next = 0;
        foreach (var (profile, count) in layout)
        {
            var first = next;
            Parallel.For(0, count, index => hosts[first + index] = new Host(profile, index, HostId(seed, profile, index)));
            next += count;
        }

        Hosts = hosts;
        _byId = hosts.ToFrozenDictionary(host => host.Id);

        // The order in which the site lists its machines says nothing about where they stand.
        var shuffled = (Host[])hosts.Clone();
        Array.Sort([.. shuffled.Select(host => seed.Number("order " + host.Id))], shuffled);
        Shuffled = shuffled;

        _dpus = new(() => Hosts
            .SelectMany(host => Enumerable.Range(0, host.Profile.Dpus).Select(dpu => (Id: DpuId(host, dpu), Place: (host, dpu))))
            .ToFrozenDictionary(dpu => dpu.Id, dpu => dpu.Place));
    }

    public Seed Seed { get; }

    public IReadOnlyList<(Profile Profile, int Count)> Layout { get; }

    /// <summary>Rack by rack.</summary>
    public IReadOnlyList<Host> Hosts { get; }

    /// <summary>In the order in which ids are listed.</summary>
    public IReadOnlyList<Host> Shuffled { get; }

    public Host? Find(string id) => _byId.GetValueOrDefault(id);

    public (Host Host, int Dpu)? FindDpu(string id) => _dpus.Value.TryGetValue(id, out var place) ? place : null;

    public byte[] EndorsementKey(Host host) => TpmCertificate.Make(Seed, host.Key);

    public byte[] DpuEndorsementKey(Host host, int dpu) => TpmCertificate.Make(Seed, $"{host.Key}/dpu/{dpu}");

    public string DpuId(Host host, int dpu) =>
        (host.DpuIds ??= [.. Enumerable.Range(0, host.Profile.Dpus).Select(i => "fm100dt" + Body(DpuEndorsementKey(host, i)))])[dpu];

    public static string Serial(Seed seed, Profile profile, int index)
    {
        // Serials end in a counter on top of a drawn start, so that no two hosts of a model share one.
        var start = profile.Serial(seed.Draws("serial " + profile.Name));
        var digits = start.Length - 4;
        return int.TryParse(start[digits..], out var last)
            ? start[..digits] + ((last + index) % 10000).ToString("0000") + (index >= 10000 ? (index / 10000).ToString() : "")
            : profile.Serial(seed.Draws($"serial {profile.Name}/{index}"));
    }

    /// <summary>Address of a host's DPU, or of itself where it has none, on the network that machines boot from.</summary>
    public static IPAddress AdminAddress(Host host, int port) => At(AdminNetwork, host, port);

    /// <summary>Address of a host's BMC (port 0) or of a DPU's (port 1 and up).</summary>
    public static IPAddress BmcAddress(Host host, int port) => At(BmcNetwork, host, port);

    public static IPAddress LoopbackAddress(Host host, int dpu) => At(LoopbackNetwork, host, dpu);

    /// <summary>MAC of a DPU's port as the host sees it (0), of its own management port (1) or of its BMC (2).</summary>
    public string DpuMac(Host host, int dpu, int port) => Mac("58:a2:e1", "dpu", host, dpu * 4 + port);

    /// <summary>MAC of a host's BMC.</summary>
    public string BmcMac(Host host) => Mac(Oui(host.Profile), "bmc", host, 0);

    /// <summary>MAC of an Ethernet port that belongs to no DPU.</summary>
    public string EthernetMac(Host host, int port) => Mac(Oui(host.Profile), "bmc", host, 1 + port);

    /// <summary>MAC of a virtual function of a DPU: locally administered.</summary>
    public string VirtualFunctionMac(Host host, int dpu, uint function)
    {
        var draw = Seed.Number($"vf {host.Key}");
        return $"{0x02 | ((draw >> 8) & 0xfc):x2}:{(draw >> 16) & 0xff:x2}:{(host.Number >> 16) & 0xff:x2}:{(host.Number >> 8) & 0xff:x2}:"
            + $"{host.Number & 0xff:x2}:{dpu * 32 + (int)function:x2}";
    }

    /// <summary>GUID of an InfiniBand port: consecutive per host.</summary>
    public string InfinibandGuid(Host host, int port) => $"946dae03{(uint)Seed.Number("guids") + (uint)(host.Number * 16 + port):x8}";

    /// <summary>GUID of a GPU on the NVLink fabric.</summary>
    public ulong NvlinkGuid(Host host, int gpu) => (Seed.Number("nvlink") & 0xffff_ff00_0000_0000) | (uint)(host.Number * 16 + gpu);

    public string NvlinkDomain(Host host) => Seed.Uuid($"nvlink domain {host.Rack}");

    public string AdminSegment(Host host) => Seed.Uuid($"admin segment {host.Rack}");

    public string Domain => Seed.Uuid("domain");

    private static string HostId(Seed seed, Profile profile, int index)
    {
        if (profile.IdFromTpm)
        {
            return "fm100ht" + Body(TpmCertificate.Make(seed, $"{profile.Name}/{index}"));
        }

        var serial = Serial(seed, profile, index);
        return "fm100hs" + Body(System.Text.Encoding.UTF8.GetBytes($"p{serial}-b{serial}B-c{serial}"));
    }

    // 256 bits as 52 letters of base32hex; the last one carries a single bit, so it is 0 or g.
    private static string Body(ReadOnlySpan<byte> input)
    {
        const string letters = "0123456789abcdefghijklmnopqrstuv";
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        Span<char> text = stackalloc char[52];
        var bits = 0;
        var held = 0;
        var next = 0;
        foreach (var b in hash)
        {
            held = (held << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                text[next++] = letters[(held >> (bits - 5)) & 31];
                bits -= 5;
            }

            held &= (1 << bits) - 1;
        }

        text[next] = letters[(held << (5 - bits)) & 31];
        return new string(text);
    }

    private string Mac(string oui, string purpose, Host host, int port)
    {
        // 16 places per host; the start differs from site to site, the places of one site never meet.
        var place = (Seed.Number("mac " + purpose) + (ulong)(host.Number * 16 + port)) & 0xffffff;
        return $"{oui}:{place >> 16:x2}:{(place >> 8) & 0xff:x2}:{place & 0xff:x2}";
    }

    private static string Oui(Profile profile) => profile.Vendor switch
    {
        "NVIDIA" => "94:6d:ae",
        "Dell Inc." => "d0:8e:79",
        _ => "7c:c2:55",
    };

    private static uint Address(string text) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(text).GetAddressBytes());

    private static IPAddress At(uint network, Host host, int port)
    {
        Span<byte> bytes = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, network + 256 + (uint)(host.Number * 4 + port));
        return new IPAddress(bytes);
    }
}
