using System.Net;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;

namespace Nico.SiteSimulator.Core;

/// <summary>Blocks of addresses of FNN VPCs, from which every interface gets a network of two addresses of its own.</summary>
internal sealed class VpcPrefixes(Controller site)
{
    private readonly Dictionary<string, Cidr> _blocks = [];

    // Per prefix, the first addresses of the linknets in use.
    private readonly Dictionary<string, HashSet<UInt128>> _linknets = [];

    // Per prefix, the pair below which all are in use.
    private readonly Dictionary<string, UInt128> _firstFree = [];

    public void Load()
    {
        foreach (var prefix in site.State.Prefixes.Values)
        {
            _linknets[prefix.Id] = [];
            _blocks[prefix.Id] = Cidr.Canonical(prefix.Prefix);
        }
    }

    public VpcPrefix Create(VpcPrefixCreationRequest request)
    {
        var id = Checks.IdOrNew(request.Id?.Value, "id");
        var vpcId = Checks.Uuid(request.VpcId?.Value, "vpc_id");
        var text = request.Config?.Prefix is { Length: > 0 } configured ? configured : request.Prefix;
        if (request.Prefix.Length > 0 && request.Prefix != text)
        {
            throw Refuse.Invalid("prefix and config.prefix differ");
        }

        var metadata = Checks.Metadata(request.Metadata ?? new Metadata { Name = request.Name });
        var cidr = Cidr.Canonical(text);
        if (cidr.Pairs == 0)
        {
            throw Refuse.Invalid($"prefix {cidr} is too small for a linknet");
        }

        var vpc = site.Vpcs.Find(vpcId) ?? throw Refuse.NotFound("vpc", vpcId);
        if (cidr.V6 && vpc.Type != VpcVirtualizationType.Fnn)
        {
            throw Refuse.Invalid("IPv6 prefixes are supported in FNN VPCs only");
        }

        if (Find(id) is not null)
        {
            throw Refuse.Duplicate("network_vpc_prefixes_pkey");
        }

        site.Segments.CheckFree(cidr);
        if (site.State.Prefixes.Find(id) is { } hidden)
        {
            site.Faults.Replaced("vpc-prefix", id);
            Remove(hidden);
        }

        var record = new PrefixRecord { Id = id, Vpc = vpcId, Prefix = cidr.ToString(), Metadata = metadata };
        _linknets[id] = [];
        _blocks[id] = cidr;
        site.State.Prefixes.Put(record);
        return Show(record);
    }

    public VpcPrefix Update(VpcPrefixUpdateRequest request)
    {
        var record = Known(request.Id);
        var prefix = request.Config?.Prefix is { Length: > 0 } configured ? configured : request.HasPrefix ? request.Prefix : "";
        if (prefix.Length > 0 && prefix != record.Prefix)
        {
            throw Refuse.Invalid("the prefix of a VPC prefix cannot be changed");
        }

        var metadata = request.Metadata ?? (request.HasName
            ? new Metadata(record.Metadata) { Name = request.Name }
            : throw Refuse.Invalid("metadata is required"));
        record.Metadata = Checks.Metadata(metadata);
        site.State.Prefixes.Put(record);
        return Show(record);
    }

    public VpcPrefixDeletionResult Delete(VpcPrefixDeletionRequest request)
    {
        var record = Known(request.Id);
        if (_linknets[record.Id].Count > 0)
        {
            throw Refuse.Internal(
                $"Database Error: update or delete on table \"network_vpc_prefixes\" violates foreign key constraint: {_linknets[record.Id].Count} linknets of {record.Id} are in use");
        }

        Remove(record);
        return new();
    }

    public VpcPrefixIdList Search(VpcPrefixSearchQuery query)
    {
        var match = query.HasPrefixMatch ? Cidr.Canonical(query.PrefixMatch) : default(Cidr?);
        return new()
        {
            VpcPrefixIds =
            {
                site.Faults.TwistList("vpc-prefix", site.Listed(site.State.Prefixes.Values
                    .Where(prefix => !site.Faults.Hides("vpc-prefix", prefix.Id)
                        && (query.VpcId is null || prefix.Vpc == query.VpcId.Value)
                        && (query.TenantPrefixId is null || prefix.Id == query.TenantPrefixId.Value)
                        && (!query.HasName || prefix.Metadata.Name == query.Name)
                        && Matches(_blocks[prefix.Id], match, query.PrefixMatchType))
                    .Select(prefix => prefix.Id))).Select(id => new VpcPrefixId { Value = id }),
            },
        };
    }

    public VpcPrefixList Get(VpcPrefixGetRequest request)
    {
        var leftOut = site.Faults.LeftOut("vpc-prefix");
        return new()
        {
            VpcPrefixes =
            {
                Checks.Uuids(request.VpcPrefixIds.Select(id => id.Value), site.Options.MaxFindByIds, "vpc_prefix_ids", emptyIsFine: true).Distinct()
                    .Select(Find).OfType<PrefixRecord>().Where(prefix => !leftOut(prefix.Id)).Select(Show),
            },
        };
    }

    public PrefixRecord? Find(string id) => site.Faults.Hides("vpc-prefix", id) ? null : site.State.Prefixes.Find(id);

    /// <summary>The prefix that overlaps with a block; null when none does.</summary>
    public string? Overlapping(Cidr cidr)
    {
        foreach (var (id, block) in _blocks)
        {
            if (block.Overlaps(cidr) && !site.Faults.Hides("vpc-prefix", id))
            {
                return id;
            }
        }

        return null;
    }

    public void Remove(PrefixRecord record)
    {
        _linknets.Remove(record.Id);
        _blocks.Remove(record.Id);
        _firstFree.Remove(record.Id);
        site.State.Prefixes.Remove(record.Id);
    }

    public VpcPrefix Show(PrefixRecord record)
    {
        var total = _blocks[record.Id].Pairs;
        var available = total - (uint)_linknets[record.Id].Count;
        return new()
        {
            Id = new() { Value = record.Id },
            Prefix = record.Prefix,
            Name = record.Metadata.Name,
            VpcId = new() { Value = record.Vpc },
            Total31Segments = Narrow(total),
            Available31Segments = Narrow(available),
            Config = new() { Prefix = record.Prefix },
            Status = new()
            {
                Total31Segments = Narrow(total),
                Available31Segments = Narrow(available),
                TotalLinknetSegments = Wide(total),
                AvailableLinknetSegments = Wide(available),
            },
            Metadata = record.Metadata.Clone(),
        };
    }

    /// <summary>Takes a linknet: the even address is the gateway's, the odd one the interface's.
    /// <paramref name="taken"/>: what an attempt has claimed already and would take on success.</summary>
    public (UInt128 Gateway, Cidr Prefix) Claim(PrefixRecord record, string? requested, HashSet<(string Network, UInt128 Address)> taken)
    {
        var prefix = _blocks[record.Id];
        var used = _linknets[record.Id];
        if (!string.IsNullOrEmpty(requested))
        {
            if (Cidr.TryNumber(requested) is not { } wanted || !prefix.Contains(wanted.Number, wanted.V6))
            {
                throw Refuse.Invalid($"requested IP address {requested} is not in VPC prefix {record.Prefix}");
            }

            if ((wanted.Number & 1) == 0)
            {
                throw Refuse.Invalid($"requested IP address {requested} is not the host's end of its linknet");
            }

            return Take(wanted.Number - 1) ?? throw Refuse.Invalid($"requested IP address {requested} is in use");
        }

        var first = _firstFree.GetValueOrDefault(record.Id);
        while (used.Contains(prefix.First + first * 2))
        {
            first++;
        }

        _firstFree[record.Id] = first;
        for (var pair = first; pair < prefix.Pairs; pair++)
        {
            if (Take(prefix.First + pair * 2) is { } linknet)
            {
                return linknet;
            }
        }

        throw Refuse.Exhausted($"linknets of VPC prefix {record.Id}");

        (UInt128, Cidr)? Take(UInt128 gateway) => !used.Contains(gateway) && taken.Add((record.Id, gateway))
            ? (gateway, new Cidr(gateway, prefix.Bits - 1, prefix.V6))
            : null;
    }

    /// <summary>Marks the linknet of an interface's address as used or free.</summary>
    public void Mark(string prefixId, string address, bool used)
    {
        if (!_linknets.TryGetValue(prefixId, out var linknets))
        {
            return;
        }

        var (number, _) = Cidr.Number(IPAddress.Parse(address));
        _ = used ? linknets.Add(number - 1) : linknets.Remove(number - 1);
        if (!used)
        {
            _firstFree.Remove(prefixId);
        }
    }

    private PrefixRecord Known(VpcPrefixId? id)
    {
        // A real controller's database, not its handler, notices that the prefix is not there.
        var uuid = Checks.Uuid(id?.Value, "id");
        return Find(uuid) ?? throw Refuse.Internal($"Database Error: no rows returned by a query that expected to return at least one row: vpc prefix {uuid}");
    }

    private static bool Matches(Cidr prefix, Cidr? match, PrefixMatchType type) => match is not { } wanted || type switch
    {
        PrefixMatchType.PrefixContains => prefix.Contains(wanted),
        PrefixMatchType.PrefixContainedBy => wanted.Contains(prefix),
        _ => prefix == wanted,
    };

    private static uint Narrow(UInt128 number) => number > uint.MaxValue ? uint.MaxValue : (uint)number;

    private static ulong Wide(UInt128 number) => number > ulong.MaxValue ? ulong.MaxValue : (ulong)number;
}
