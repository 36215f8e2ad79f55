using MediatR;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.CreateInstance;

internal sealed class CreateInstanceHandler(
    Caller caller,
    Db db,
    IOrganizations organizations,
    ISites sites,
    INetworks networks,
    IMachines machines,
    InstanceRows rows,
    PhoneHome phoneHome,
    ISiteCommands commands,
    InstanceAnswers answers,
    TimeProvider clock) : IRequestHandler<CreateInstance, InstanceResponse>
{
    public async Task<InstanceResponse> Handle(CreateInstance request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        if (request.TenantId is { } named && named != tenant.Id)
        {
            throw Problem.Invalid("tenantId", "must be the org's own tenant");
        }

        var vpc = await HoldVpc(request, tenant, cancellationToken);
        await sites.RequireRegistered(vpc.SiteId, cancellationToken);
        request.Attachments.RequireNone();
        var boot = await Boot(request, tenant, vpc.SiteId, cancellationToken);
        if (request.InstanceTypeId is { } type)
        {
            throw Problem.Invalid("instanceTypeId", $"instance type {type} does not exist");
        }

        if (!tenant.TargetedInstanceCreation)
        {
            throw Problem.Forbidden("The tenant may not create instances on machines of its choice");
        }

        var now = clock.Now();
        var id = Guid.CreateVersion7();
        await rows.HoldName(tenant.Id, vpc.SiteId, request.Name!, id, cancellationToken);
        var machine = await Lock(request, vpc, cancellationToken);
        var interfaces = await NetworkPlan.Resolve(
            request.Interfaces ?? [], vpc, request.SecondaryVpcIds ?? [], tenant.Id, id, machine, networks, now, cancellationToken);
        await Insert(request, id, tenant, vpc, machine, boot, now, cancellationToken);
        await rows.AddInterfaces(interfaces, cancellationToken);
        await machines.Assign(machine.Id, id, tenant.Id, cancellationToken);
        await ComputeModule.History.Append(db, id, nameof(InstanceStatus.Pending), "Instance is on its way to its site", now, cancellationToken);
        await commands.Enqueue(
            new SiteCommand
            {
                SiteId = vpc.SiteId,
                Kind = AtSite.InstanceAtSite.Kind,
                ResourceId = id.ToString(),
                Operation = SiteOperation.Create,
                After =
                [
                    (HardwareKinds.Tenant, tenant.Org),
                    (NetworkingKinds.Vpc, vpc.Id.ToString()),
                    .. AtSite.InstanceAtSite.NetworksOf(interfaces),
                    .. AtSite.InstanceAtSite.ImageOf(boot),
                ],
            },
            cancellationToken);
        return (await answers.Of([(await rows.OfTenant(id, tenant.Id, cancellationToken))!], [], cancellationToken))[0];
    }

    private async Task<VpcRef> HoldVpc(CreateInstance request, TenantRef tenant, CancellationToken ct)
    {
        var found = await networks.HoldVpcs([request.VpcId!.Value, .. request.SecondaryVpcIds ?? []], ct);
        if (!found.TryGetValue(request.VpcId.Value, out var vpc) || vpc.TenantId != tenant.Id)
        {
            throw Problem.Invalid("vpcId", $"VPC {request.VpcId} does not exist");
        }

        return vpc.Status != "Ready" ? throw Problem.Invalid("vpcId", $"VPC {vpc.Id} is {vpc.Status}, not Ready")
            : request.AutoNetwork is true && vpc.NetworkVirtualizationType != NetworkVirtualizationType.FLAT
                ? throw Problem.Invalid("autoNetwork", $"VPC {vpc.Id} is not FLAT")
            : vpc;
    }

    private async Task<BootPlan> Boot(CreateInstance request, TenantRef tenant, Guid siteId, CancellationToken ct)
    {
        var system = string.IsNullOrEmpty(request.OperatingSystemId)
            ? null
            : await rows.HoldBootable(Guid.Parse(request.OperatingSystemId), tenant.Id, siteId, ct);
        return BootPlan.ForNew(system, request.IpxeScript, request.UserData, request.PhoneHomeEnabled, request.AlwaysBootWithCustomIpxe, phoneHome);
    }

    /// <summary>The chosen machine, locked and fit. Source: spec/30-instance.md, section 5.2.</summary>
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

    private async Task Insert(
        CreateInstance request, Guid id, TenantRef tenant, VpcRef vpc, MachineRef machine, BootPlan boot, DateTime now, CancellationToken ct)
    {
        var args = new
        {
            id,
            request.Name,
            request.Description,
            tenant.Org,
            tenantId = tenant.Id,
            tenant.OrgDisplayName,
            providerId = machine.InfrastructureProviderId,
            siteId = vpc.SiteId,
            request.VpcId,
            request.MachineId,
            hasInfiniBand = machine.HasInfiniBand,
            boot.OperatingSystemId,
            boot.IpxeScript,
            boot.UserData,
            boot.AlwaysBootWithCustomIpxe,
            boot.PhoneHomeEnabled,
            autoNetwork = request.AutoNetwork ?? false,
            allowUnhealthyMachine = request.AllowUnhealthyMachine ?? false,
            request.Labels,
            now,
            by = caller.UserId,
        };
        await db.Execute(Sql.Of<CreateInstanceHandler>("CreateInstance"), args, ct);
    }
}
