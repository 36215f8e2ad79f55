using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator.Rules;

namespace Nico.SiteSimulator.Core;

/// <summary>What an operator does at the site itself, behind the back of whoever ordered its objects.</summary>
internal sealed class ByHand(Controller site)
{
    /// <summary>Carries out the part of a fault that happens when it is added. Returns the fault, with the id of what it made.</summary>
    public Fault Apply(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.ObjectAppears:
                return fault with { Target = Make(fault) };
            case FaultKind.Drift:
                Drift(fault);
                break;
            case FaultKind.MachineIngests or FaultKind.MachineRepaired:
                site.Machines.Restart(fault.Target!, ingest: fault.Kind == FaultKind.MachineIngests);
                break;
            case FaultKind.UpdateOffered:
                site.Instances.OfferUpdate(fault.Target!);
                break;
        }

        return fault;
    }

    /// <summary>Takes away what a fault made.</summary>
    public void Undo(Fault fault)
    {
        var id = fault.Target!;
        switch (fault.Resource)
        {
            case "tenant": site.State.Tenants.Remove(id); break;
            case "vpc" when site.State.Vpcs.Find(id) is { } vpc: site.Vpcs.Remove(vpc); break;
            case "vpc-prefix" when site.State.Prefixes.Find(id) is { } prefix: site.Prefixes.Remove(prefix); break;
            case "segment" when site.State.Segments.Find(id) is { } segment: site.Segments.Remove(segment); break;
            case "os-image": site.State.Images.Remove(id); break;
            case "instance" when site.State.Instances.Find(id) is { } instance: site.Instances.Vanish(instance); break;
            case "instance-type": site.State.InstanceTypes.Remove(id); break;
        }
    }

    private string Make(Fault fault)
    {
        var id = fault.Target ?? Guid.NewGuid().ToString();
        var tenant = fault.Tenant ?? "by-hand";
        var metadata = new Metadata { Name = fault.Name ?? "made-by-hand" };
        switch (fault.Resource)
        {
            case "tenant":
                id = fault.Target ?? tenant;
                site.Tenants.Create(new() { OrganizationId = id, Metadata = metadata });
                break;
            case "vpc":
                site.Vpcs.Create(new() { Id = new() { Value = id }, TenantOrganizationId = tenant, Metadata = metadata, NetworkVirtualizationType = VpcVirtualizationType.Fnn });
                break;
            case "vpc-prefix":
                site.Prefixes.Create(new()
                {
                    Id = new() { Value = id },
                    VpcId = new() { Value = fault.Parent ?? "" },
                    Config = new() { Prefix = fault.Network ?? "" },
                    Metadata = metadata,
                });
                break;
            case "segment":
                site.Segments.Create(new()
                {
                    Id = new() { Value = id },
                    VpcId = new() { Value = fault.Parent ?? "" },
                    Name = metadata.Name,
                    Prefixes = { new NetworkPrefix { Prefix = fault.Network ?? "", ReserveFirst = 2 } },
                });
                break;
            case "os-image":
                site.Images.Create(new()
                {
                    Id = new() { Value = id },
                    SourceUrl = "http://images.example/by-hand.qcow2",
                    Digest = "00",
                    TenantOrganizationId = tenant,
                    Name = metadata.Name,
                });
                break;
            case "instance":
                site.Instances.Allocate(new()
                {
                    InstanceId = new() { Value = id },
                    MachineId = new() { Id = fault.Parent ?? "" },
                    Metadata = metadata,
                    Config = new()
                    {
                        Tenant = new() { TenantOrganizationId = Owner(fault) ?? tenant },
                        Os = new() { Ipxe = new() { IpxeScript = "#!ipxe\nexit" } },
                        Network = Attached(fault.Network),
                    },
                });
                break;
            case "instance-type":
                site.InstanceTypes.Create(new CreateInstanceTypeRequest { Id = id, Metadata = metadata });
                break;
            default:
                throw Refuse.Invalid($"A {fault.Resource} cannot be made by hand.");
        }

        return id;
    }

    // The id of a VPC prefix or of a segment; none for a host without DPU.
    private InstanceNetworkConfig Attached(string? network)
    {
        if (network is null)
        {
            return new InstanceNetworkConfig { Auto = true };
        }

        var attached = new InstanceInterfaceConfig();
        if (site.Prefixes.Find(network) is not null)
        {
            attached.VpcPrefixId = new VpcPrefixId { Value = network };
        }
        else
        {
            attached.SegmentId = new NetworkSegmentId { Value = network };
        }

        return new InstanceNetworkConfig { Interfaces = { attached } };
    }

    private string? Owner(Fault fault)
    {
        var vpc = fault.Network is null ? null : site.Prefixes.Find(fault.Network)?.Vpc ?? site.Segments.Find(fault.Network)?.Vpc;
        return fault.Tenant ?? (vpc is null ? null : site.Vpcs.Find(vpc)?.Tenant);
    }

    private void Drift(Fault fault)
    {
        var id = fault.Target!;
        switch (fault.Resource)
        {
            case "tenant":
                var tenant = site.Tenants.Find(id) ?? throw Refuse.NotFound("tenant", id);
                tenant.Metadata = Drifted(tenant.Metadata, fault);
                site.Tenants.Touch(tenant);
                break;
            case "vpc":
                var vpc = site.Vpcs.Find(id) ?? throw Refuse.NotFound("vpc", id);
                vpc.Metadata = Drifted(vpc.Metadata, fault);
                site.Vpcs.Touch(vpc);
                break;
            case "vpc-prefix":
                var prefix = site.Prefixes.Find(id) ?? throw Refuse.NotFound("vpc_prefix", id);
                prefix.Metadata = Drifted(prefix.Metadata, fault);
                site.State.Prefixes.Put(prefix);
                break;
            case "segment":
                var segment = site.Segments.Find(id) ?? throw Refuse.NotFound("network_segment", id);
                segment.Name = fault.Name ?? segment.Name;
                site.State.Segments.Put(segment);
                break;
            case "os-image":
                var image = site.Images.Find(id) ?? throw Refuse.NotFound("os_image", id);
                image.Attributes.Name = fault.Name ?? image.Attributes.Name;
                image.Attributes.Description = fault.Description ?? image.Attributes.Description;
                site.State.Images.Put(image);
                break;
            case "instance":
                var instance = site.Instances.Find(id) ?? throw Refuse.NotFound("instance", id);
                instance.Metadata = Drifted(instance.Metadata, fault);
                site.Instances.Touch(instance);
                break;
            case "instance-type":
                var type = site.InstanceTypes.Find(id) ?? throw Refuse.NotFound("instance_type", id);
                type.Metadata = Drifted(type.Metadata, fault);
                site.InstanceTypes.Touch(type);
                break;
            default:
                DriftMachine(fault);
                break;
        }
    }

    private void DriftMachine(Fault fault)
    {
        var host = site.Machines.Find(fault.Target!) ?? throw Refuse.NotFound("machine", fault.Target!);
        var record = site.Machines.Record(host.Id);
        record.Metadata = Drifted(record.Metadata ?? new Metadata { Name = host.Id }, fault);
        if (fault.InstanceType is { Length: > 0 } type)
        {
            record.InstanceType = type;
        }
        else if (fault.InstanceType is not null)
        {
            record.ClearInstanceType();
        }

        site.Machines.Touch(record);
    }

    private static Metadata Drifted(Metadata metadata, Fault fault)
    {
        var drifted = new Metadata(metadata)
        {
            Name = fault.Name ?? metadata.Name,
            Description = fault.Description ?? metadata.Description,
        };
        if (fault.Labels is { } labels)
        {
            drifted.Labels.Clear();
            drifted.Labels.AddRange(labels.Select(label => new Label { Key = label.Key, Value = label.Value }));
        }

        return drifted;
    }
}
