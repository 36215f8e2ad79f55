using MediatR;
using Nico.Compute.Contracts;
using Nico.Compute.Instances.Types;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.CreateInstance;

internal sealed class CreateInstanceHandler(
    Db db,
    ISites sites,
    INetworks networks,
    IMachines machines,
    IFreeMachines freeMachines,
    NewInstances news,
    Quota quota,
    Devices devices,
    InstanceRows rows,
    ISiteCommands commands,
    TimeProvider clock) : IRequestHandler<CreateInstance, Guid>
{
    public async Task<Guid> Handle(CreateInstance request, CancellationToken cancellationToken)
    {
        var tenant = await news.Tenant(request.TenantId, 1, cancellationToken);
        var vpc = await news.HoldVpc(request.VpcId!.Value, request.SecondaryVpcIds, request.AutoNetwork ?? false, tenant, cancellationToken);
        var site = await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        request.Attachments.RequireNone();
        var boot = await news.Boot(
            request.OperatingSystemId,
            request.IpxeScript,
            request.UserData,
            request.PhoneHomeEnabled,
            request.AlwaysBootWithCustomIpxe,
            tenant,
            vpc.SiteId,
            cancellationToken);
        if (request.MachineId is not null && !tenant.Privileged.Has(site.InfrastructureProviderId, site.Id))
        {
            throw Problem.Forbidden("The tenant may not create instances on machines of its choice at this site");
        }

        var now = clock.Now();
        var id = Guid.CreateVersion7();
        await rows.HoldName(tenant.Id, vpc.SiteId, request.Name!, id, cancellationToken);
        var type = request.InstanceTypeId is { } typeId ? await quota.HoldType(typeId, vpc.SiteId, cancellationToken) : null;
        var interfaces = await NetworkPlan.Resolve(
            request.Interfaces ?? [], vpc, request.SecondaryVpcIds ?? [], tenant.Id, id, networks, now, cancellationToken);
        var machine = type is null
            ? await Chosen(request, vpc, id, tenant, interfaces, cancellationToken)
            : await Free(request, type, id, tenant, interfaces, cancellationToken);
        var shared = new NewInstance
        {
            Tenant = tenant,
            Vpc = vpc,
            Type = type,
            Boot = boot,
            Description = request.Description,
            Labels = request.Labels,
            AutoNetwork = request.AutoNetwork ?? false,
            AllowUnhealthyMachine = type is null && request.AllowUnhealthyMachine is true,
        };
        await news.Insert(shared, [machine], now, cancellationToken);
        await rows.AddInterfaces(interfaces, cancellationToken);
        await ComputeModule.InstanceHistory.Append(db, id, nameof(InstanceStatus.Pending), "Instance is on its way to its site", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = ComputeKinds.Instance,
                ResourceId = id.ToString(),
                Operation = SiteOperation.Create,
                After = [.. AtSite.InstanceAtSite.Needs(shared, interfaces, [machine])],
            },
            cancellationToken);
        return id;
    }

    /// <summary>The machine that the tenant chose, given to the instance. Source: spec/30-instance.md, section 5.2.</summary>
    private async Task<InstanceOnMachine> Chosen(
        CreateInstance request, VpcRef vpc, Guid id, TenantRef tenant, IReadOnlyList<InterfaceRow> interfaces, CancellationToken ct)
    {
        var machine = await Lock(request, vpc, ct);
        await devices.Require(interfaces, machine.InstanceTypeId, machine.Id, ct);
        await machines.Assign(machine.Id, id, tenant.Id, ct);
        return new InstanceOnMachine(id, request.Name!, machine.Id, machine.InfrastructureProviderId, machine.HasInfiniBand);
    }

    /// <summary>Any free machine of the type, within the tenant's quota, given to the instance. Source: spec/30-instance.md, section 5.1.</summary>
    private async Task<InstanceOnMachine> Free(
        CreateInstance request, InstanceTypeOffer type, Guid id, TenantRef tenant, IReadOnlyList<InterfaceRow> interfaces, CancellationToken ct)
    {
        await quota.Draw(type, tenant, 1, ct);
        if (await freeMachines.Lock(type.SiteId, type.Id, 1, ct) is not [var machine])
        {
            throw Problem.Invalid("instanceTypeId", $"no machine of instance type {type.Id} is free");
        }

        await devices.Require(interfaces, type.Id, machine.Id, ct);
        await freeMachines.Assign([new(machine.Id, id)], tenant.Id, ct);
        return new InstanceOnMachine(id, request.Name!, machine.Id, machine.InfrastructureProviderId, machine.HasInfiniBand);
    }

    /// <summary>The chosen machine, locked and fit.</summary>
    private async Task<MachineRef> Lock(CreateInstance request, VpcRef vpc, CancellationToken ct)
    {
        var machine = await machines.Lock(request.MachineId!, ct);
        if (machine is null || machine.SiteId != vpc.SiteId)
        {
            throw Problem.Invalid("machineId", $"machine {request.MachineId} does not exist at site {vpc.SiteId}");
        }

        if (machine.IsMissingOnSite)
        {
            throw Problem.Invalid("machineId", $"machine {machine.Id} is missing at its site");
        }

        if (machine.IsAssigned)
        {
            throw Problem.Invalid("machineId", $"machine {machine.Id} has an instance already");
        }

        if (machine.UnknownInstanceId is { } unknown)
        {
            throw Problem.Invalid("machineId", $"machine {machine.Id} has instance {unknown} at its site, which Nico does not have");
        }

        if (machine.Status != MachineStatus.Ready)
        {
            var isReadyAtSite = machine.ControllerState.StartsWith("Ready", StringComparison.Ordinal);
            var allowed = request.AllowUnhealthyMachine ?? false;
            if (!isReadyAtSite || !allowed)
            {
                throw Problem.Invalid(
                    "machineId",
                    isReadyAtSite ? $"machine {machine.Id} is {machine.Status}: allowUnhealthyMachine would allow it"
                    : allowed && machine.Status is MachineStatus.Maintenance or MachineStatus.Error
                        ? $"machine {machine.Id} is in the state {machine.ControllerState} at its site"
                        : $"machine {machine.Id} is {machine.Status}");
            }
        }

        return machine;
    }
}
