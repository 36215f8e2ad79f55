using System.Net;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;
using Nico.SiteSimulator.State;
using Nico.SiteSimulator.Time;

namespace Nico.SiteSimulator.Core;

/// <summary>Network segments: subnets of a VPC whose interfaces share a network.</summary>
internal sealed class Segments(Controller site)
{
    // Seconds, simulated.
    private const double Sla = 15 * 60;
    private const double Drain = 5 * 60;
    private const int TenantMtu = 9000;

    private readonly Dictionary<string, HashSet<UInt128>> _addresses = [];
    private readonly Dictionary<string, Cidr[]> _blocks = [];

    public void Load()
    {
        foreach (var segment in site.State.Segments.Values)
        {
            _addresses[segment.Id] = [];
            _blocks[segment.Id] = Blocks(segment);
            Enqueue(segment);
        }
    }

    public NetworkSegment Create(NetworkSegmentCreationRequest request)
    {
        var id = Checks.IdOrNew(request.Id?.Value, "id");
        if (request.Name.Length == 0)
        {
            throw Refuse.Invalid("name is required");
        }

        var vpcId = request.VpcId is null ? "" : Checks.Uuid(request.VpcId.Value, "vpc_id");
        if (request.SegmentType == NetworkSegmentType.Tenant && vpcId.Length == 0)
        {
            throw Refuse.Invalid("a tenant's segment needs a vpc_id");
        }

        if (!Enum.IsDefined(request.SegmentType))
        {
            throw Refuse.Invalid($"segment_type {(int)request.SegmentType} is unknown");
        }

        if (request.HasMtu && request.Mtu is < 576 or > 9216)
        {
            throw Refuse.Invalid($"MTU {request.Mtu} is not from 576 to 9216");
        }

        var vpc = vpcId.Length == 0 ? null : site.Vpcs.Find(vpcId) ?? throw Refuse.NotFound("vpc", vpcId);
        if (Find(id) is not null)
        {
            throw Refuse.Duplicate("network_segments_pkey");
        }

        var prefixes = Prefixes(request, vpc);
        if (site.State.Segments.Find(id) is { } hidden)
        {
            site.Faults.Replaced("segment", id);
            Remove(hidden);
        }

        var record = new SegmentRecord
        {
            Id = id,
            Vpc = vpcId,
            Name = request.Name,
            Mtu = request.HasMtu ? request.Mtu : TenantMtu,
            Prefixes = { prefixes },
            Type = request.SegmentType,
            State = TenantState.Provisioning,
            Since = site.Now,
            Due = site.Now + site.Pace.Draw("segment " + id, 5, 2, 30).Ticks,
            Created = site.Now,
            Updated = site.Now,
            Version = Moment.First(site.Now),
        };
        if (request.SubdomainId is not null)
        {
            record.Subdomain = request.SubdomainId.Value;
        }

        Note(record);
        _addresses[id] = [];
        _blocks[id] = Blocks(record);
        site.State.Segments.Put(record);
        Enqueue(record);
        return Show(record, history: false, free: true);
    }

    public NetworkSegmentDeletionResult Delete(NetworkSegmentDeletionRequest request)
    {
        var id = Checks.Uuid(request.Id?.Value, "id");
        var record = Find(id) ?? throw Refuse.NotFound("network_segment", id);
        if (record.State != TenantState.Terminating)
        {
            record.Deleted = site.Now;
            Enter(record, TenantState.Terminating, site.Pace.Scaled(Drain));
        }

        return new();
    }

    public NetworkSegmentIdList FindIds(NetworkSegmentSearchFilter filter) => new()
    {
        NetworkSegmentsIds =
        {
            site.Faults.TwistList("segment", site.Listed(site.State.Segments.Values
                .Where(segment => !site.Faults.Hides("segment", segment.Id)
                    && (!filter.HasName || segment.Name == filter.Name)
                    && (!filter.HasTenantOrgId || site.State.Vpcs.Find(segment.Vpc)?.Tenant == filter.TenantOrgId))
                .Select(segment => segment.Id))).Select(id => new NetworkSegmentId { Value = id }),
        },
    };

    public NetworkSegmentList FindByIds(NetworkSegmentsByIdsRequest request)
    {
        var leftOut = site.Faults.LeftOut("segment");
        return new()
        {
            NetworkSegments =
            {
                Checks.Uuids(request.NetworkSegmentsIds.Select(id => id.Value), site.Options.MaxFindByIds, "network_segments_ids").Distinct()
                    .Select(Find).OfType<SegmentRecord>().Where(segment => !leftOut(segment.Id))
                    .Select(segment => Show(segment, request.IncludeHistory, request.IncludeNumFreeIps)),
            },
        };
    }

    public SegmentRecord? Find(string id) => site.Faults.Hides("segment", id) ? null : site.State.Segments.Find(id);

    /// <summary>Refuses a prefix outside the site's fabric or on addresses that are given already.</summary>
    public void CheckFree(Cidr cidr)
    {
        if (!site.Fabric.Any(fabric => fabric.Contains(cidr)))
        {
            throw Refuse.Invalid($"prefix {cidr} is not contained in the site's fabric prefixes");
        }

        foreach (var (id, blocks) in _blocks)
        {
            if (Array.Exists(blocks, block => block.Overlaps(cidr)) && !site.Faults.Hides("segment", id))
            {
                throw Refuse.Invalid($"prefix {cidr} overlaps with network segment {id}");
            }
        }

        if (site.Prefixes.Overlapping(cidr) is { } prefix)
        {
            throw Refuse.Invalid($"prefix {cidr} overlaps with VPC prefix {prefix}");
        }
    }

    /// <summary>Finds a free address in each prefix of the segment.</summary>
    public IReadOnlyList<(UInt128 Address, Cidr Prefix, string Gateway)> Claim(SegmentRecord segment, HashSet<(string Network, UInt128 Address)> taken) =>
        [.. segment.Prefixes.Select(prefix =>
        {
            var cidr = Cidr.Canonical(prefix.Prefix);
            var used = _addresses[segment.Id];
            for (var address = FirstFree(prefix, cidr); address <= LastFree(cidr); address++)
            {
                if (!Reserved(prefix, address) && !used.Contains(address) && taken.Add((segment.Id, address)))
                {
                    return (address, cidr, prefix.HasGateway ? $"{prefix.Gateway}/{cidr.Length}" : "");
                }
            }

            throw Refuse.Exhausted($"addresses of network segment {segment.Id}");
        })];

    /// <summary>Marks an address as used or free; a segment that is being deleted begins its drain again.</summary>
    public void Mark(string segmentId, string address, bool used)
    {
        if (!_addresses.TryGetValue(segmentId, out var addresses))
        {
            return;
        }

        var (number, _) = Cidr.Number(IPAddress.Parse(address));
        _ = used ? addresses.Add(number) : addresses.Remove(number);
        if (!used && addresses.Count == 0 && site.State.Segments.Find(segmentId) is { State: TenantState.Terminating } segment)
        {
            segment.Due = site.Now + site.Pace.Scaled(Drain).Ticks;
            site.State.Segments.Put(segment);
            Enqueue(segment);
        }
    }

    public void Advance(string id, long due)
    {
        if (site.State.Segments.Find(id) is not { } record || record.Due != due)
        {
            return;
        }

        if (record.State == TenantState.Provisioning)
        {
            Enter(record, TenantState.Ready, null);
        }
        else if (record.State == TenantState.Terminating)
        {
            if (_addresses[id].Count == 0)
            {
                Remove(record);
                return;
            }

            // The last address that is given back begins the drain anew.
            record.Due = 0;
            site.State.Segments.Put(record);
        }
    }

    public void Remove(SegmentRecord record)
    {
        _addresses.Remove(record.Id);
        _blocks.Remove(record.Id);
        site.State.Segments.Remove(record.Id);
    }

    public NetworkSegment Show(SegmentRecord record, bool history, bool free)
    {
        var segment = new NetworkSegment
        {
            Id = new() { Value = record.Id },
            Name = record.Name,
            Mtu = record.Mtu,
            Version = Moment.Text(record.Version),
            State = record.State,
            Created = Moment.Wire(record.Created),
            Updated = Moment.Wire(record.Updated),
            Deleted = Moment.Wire(record.Deleted),
            SegmentType = record.Type,
            StateReason = new()
            {
                Outcome = record.State switch
                {
                    TenantState.Ready => ControllerStateOutcome.DoNothing,
                    _ => ControllerStateOutcome.Wait,
                },
            },
            StateSla = Machines.ShowSla(site.Pace, record.State == TenantState.Ready ? null : Sla, record.Since, site.Now),
        };
        if (record.State == TenantState.Terminating && _addresses[record.Id].Count is > 0 and var inUse)
        {
            segment.StateReason.OutcomeMsg = $"{inUse} addresses are in use";
        }

        if (record.Vpc.Length > 0)
        {
            segment.VpcId = new() { Value = record.Vpc };
        }

        if (record.HasSubdomain)
        {
            segment.SubdomainId = new() { Value = record.Subdomain };
        }

        if (history)
        {
            segment.History.AddRange(record.History.Select(entry => entry.Clone()));
        }

        if (site.State.Vpcs.Find(record.Vpc)?.Type is VpcVirtualizationType.EthernetVirtualizer or VpcVirtualizationType.EthernetVirtualizerWithNvue)
        {
            segment.Flags.Add(NetworkSegmentFlag.CanStretch);
        }

        foreach (var kept in record.Prefixes)
        {
            var prefix = kept.Clone();
            if (free)
            {
                prefix.FreeIpCount = Free(record, prefix);
            }

            segment.Prefixes.Add(prefix);
        }

        return segment;
    }

    private static Cidr[] Blocks(SegmentRecord record) => [.. record.Prefixes.Select(prefix => Cidr.Canonical(prefix.Prefix))];

    private List<NetworkPrefix> Prefixes(NetworkSegmentCreationRequest request, VpcRecord? vpc)
    {
        if (request.Prefixes.Count is < 1 or > 2)
        {
            throw Refuse.Invalid("a segment has one prefix, or one of IPv4 and one of IPv6");
        }

        var kept = new List<NetworkPrefix>();
        var cidrs = new List<Cidr>();
        foreach (var prefix in request.Prefixes)
        {
            var cidr = Cidr.Canonical(prefix.Prefix);
            if (cidrs.Any(other => other.V6 == cidr.V6))
            {
                throw Refuse.Invalid("a segment has at most one prefix of each IP version");
            }

            if (cidr.V6 && vpc?.Type != VpcVirtualizationType.Fnn)
            {
                throw Refuse.Invalid("IPv6 prefixes are supported in FNN VPCs only");
            }

            if (prefix.ReserveFirst < 0)
            {
                throw Refuse.Invalid("reserve_first is negative");
            }

            if (prefix.HasGateway && (Cidr.TryNumber(prefix.Gateway) is not { } gateway || !cidr.Contains(gateway.Number, gateway.V6)))
            {
                throw Refuse.Invalid($"gateway {prefix.Gateway} is not in prefix {prefix.Prefix}");
            }

            CheckFree(cidr);
            cidrs.Add(cidr);
            var keep = new NetworkPrefix
            {
                Id = new() { Value = site.Seed.Uuid($"prefix {cidr} {site.Now}") },
                Prefix = cidr.ToString(),
                ReserveFirst = prefix.ReserveFirst,
            };
            if (prefix.HasGateway)
            {
                keep.Gateway = prefix.Gateway;
            }

            if (vpc?.Type == VpcVirtualizationType.Fnn && cidr.Length < cidr.Bits - 2)
            {
                keep.SviIp = Cidr.ToAddress(cidr.First + 2, cidr.V6).ToString();
            }

            kept.Add(keep);
        }

        return kept;
    }

    private uint Free(SegmentRecord record, NetworkPrefix prefix)
    {
        var cidr = Cidr.Canonical(prefix.Prefix);
        var first = FirstFree(prefix, cidr);
        var last = LastFree(cidr);
        if (last < first)
        {
            return 0;
        }

        var count = last - first + 1;
        foreach (var reserved in (ReadOnlySpan<string>)[prefix.Gateway, prefix.SviIp])
        {
            if (Cidr.TryNumber(reserved) is { } number && number.Number >= first && number.Number <= last)
            {
                count--;
            }
        }

        count -= (uint)_addresses[record.Id].Count(address => address >= first && address <= last);
        return count > uint.MaxValue ? uint.MaxValue : (uint)count;
    }

    // reserve_first counts from the network's own address.
    private static UInt128 FirstFree(NetworkPrefix prefix, Cidr cidr) =>
        cidr.First + UInt128.Max((uint)prefix.ReserveFirst, cidr.Length < cidr.Bits - 1 ? UInt128.One : UInt128.Zero);

    private static UInt128 LastFree(Cidr cidr) => !cidr.V6 && cidr.Length < 31 ? cidr.Last - 1 : cidr.Last;

    private static bool Reserved(NetworkPrefix prefix, UInt128 address) =>
        (Cidr.TryNumber(prefix.Gateway) is { } gateway && gateway.Number == address)
        || (Cidr.TryNumber(prefix.SviIp) is { } svi && svi.Number == address);

    private void Enter(SegmentRecord record, TenantState state, TimeSpan? lasts)
    {
        record.State = state;
        record.Since = site.Now;
        record.Due = lasts is { } time ? site.Now + time.Ticks : 0;
        record.Updated = site.Now;
        record.Version = Moment.After(record.Version, site.Now);
        Note(record);
        site.State.Segments.Put(record);
        Enqueue(record);
    }

    private static void Note(SegmentRecord record) => record.History.Add(new NetworkSegmentStateHistory
    {
        State = record.State.ToString().ToLowerInvariant(),
        Version = Moment.Text(record.Version),
        Time = Moment.Wire(record.Since),
    });

    private void Enqueue(SegmentRecord record)
    {
        if (record.Due != 0)
        {
            site.Due.Add(Kind.Segment, record.Id, record.Due);
        }
    }
}
