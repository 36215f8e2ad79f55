using System.Text.Json;
using MediatR;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Compute.Instances.UpdateInstance;

internal sealed class UpdateInstanceHandler(
    ActingAs acting,
    Db db,
    ISites sites,
    INetworks networks,
    Types.Devices devices,
    InstanceRows rows,
    PhoneHome phoneHome,
    BootTexts texts,
    ISiteCommands commands,
    TimeProvider clock) : IRequestHandler<UpdateInstance, Guid>
{
    public async Task<Guid> Handle(UpdateInstance request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        var instance = await rows.Lock(request.InstanceId, tenantId, cancellationToken);
        await sites.RequireRegistered(instance.SiteId, cancellationToken);
        if (instance.Status == InstanceStatus.Terminating)
        {
            throw Problem.Conflict($"Instance {instance.Id} is Terminating");
        }

        if (instance.IsMissingOnSite)
        {
            throw Problem.Conflict($"Instance {instance.Id} is missing at its site");
        }

        if (request.TriggerReboot is true)
        {
            await Reboot(request, instance, cancellationToken);
        }
        else
        {
            await Change(request, instance, cancellationToken);
        }

        return instance.Id;
    }

    private async Task Reboot(UpdateInstance request, Instance instance, CancellationToken ct)
    {
        var now = clock.Now();
        await db.Execute(Sql.Of<UpdateInstanceHandler>("MarkRebooting"), new { instance.Id, now }, ct);
        await ComputeModule.InstanceHistory.Append(db, instance.Id, nameof(InstanceStatus.Rebooting), "Instance restarts", now, ct);
        await commands.Enqueue(
            AtSite.InstanceAtSite.Command(instance, SiteOperation.Reboot) with
            {
                Arguments = JsonSerializer.Serialize(
                    new AtSite.RebootArguments(request.RebootWithCustomIpxe ?? false, request.ApplyUpdatesOnReboot ?? false, now)),
            },
            ct);
    }

    private async Task Change(UpdateInstance request, Instance instance, CancellationToken ct)
    {
        if (instance.Undo?.Steps.Count >= InstanceUndo.Most)
        {
            throw Problem.Conflict($"The site has not taken the last {InstanceUndo.Most} changes of instance {instance.Id} yet");
        }

        var autoNetwork = request.AutoNetwork ?? instance.AutoNetwork;
        var vpc = (await networks.HoldVpcs([instance.VpcId, .. request.SecondaryVpcIds ?? []], ct))[instance.VpcId];
        RequireAutoNetworkAllowed(request, autoNetwork, vpc);
        if (NetworkPlan.WrongSecondaryVpcs(request.SecondaryVpcIds, instance.VpcId, request.Interfaces, autoNetwork) is { } wrong)
        {
            throw Problem.Invalid("secondaryVpcIds", wrong);
        }

        if (request.Name is { } name && name != instance.Name)
        {
            await rows.HoldName(instance.TenantId, instance.SiteId, name, instance.Id, ct);
        }

        request.Attachments.RequireNone();
        var now = clock.Now();
        var wishes = request.Interfaces ?? [];
        var added = wishes.Count == 0 ? [] : await NetworkPlan.Resolve(
            wishes,
            vpc,
            request.SecondaryVpcIds ?? [],
            instance.TenantId,
            instance.Id,
            networks,
            now,
            ct);
        await devices.Require(added, instance.InstanceTypeId, instance.MachineId, ct);
        var boot = await Boot(request, instance, ct);
        var replaced = added.Count > 0 || autoNetwork
            ? (await db.Many<InterfaceRow>(Sql.Of<UpdateInstanceHandler>("ReplaceInterfaces"), new { instance.Id, now }, ct)).ToDictionary(row => row.Id, row => row.Status)
            : [];
        await rows.AddInterfaces(added, ct);
        var before = new ReplacedConfiguration
        {
            Revision = instance.Revision,
            Name = instance.Name,
            Description = instance.Description,
            Labels = instance.Labels,
            OperatingSystemId = instance.OperatingSystemId,
            IpxeScript = instance.IpxeScript,
            UserData = instance.UserData,
            AlwaysBootWithCustomIpxe = instance.AlwaysBootWithCustomIpxe,
            PhoneHomeEnabled = instance.PhoneHomeEnabled,
            AutoNetwork = instance.AutoNetwork,
            Status = instance.Status,
            Replaced = replaced,
            Added = [.. added.Select(row => row.Id)],
        };
        await db.Execute(
            Sql.Of<UpdateInstanceHandler>("UpdateInstance"),
            new
            {
                instance.Id,
                name = request.Name ?? instance.Name,
                description = request.Description ?? instance.Description,
                labels = request.Labels ?? instance.Labels,
                boot.OperatingSystemId,
                ipxeScript = texts.Seal(boot.IpxeScript),
                userData = texts.Seal(boot.UserData),
                boot.AlwaysBootWithCustomIpxe,
                boot.PhoneHomeEnabled,
                autoNetwork,
                status = (request.ChangesNetworks ? InstanceStatus.Configuring : instance.Status).ToString(),
                undo = new InstanceUndo { Steps = [.. instance.Undo?.Steps ?? [], before] },
                now,
            },
            ct);
        await ComputeModule.InstanceHistory.Append(
            db, instance.Id, nameof(InstanceStatus.Configuring), "A changed configuration is on its way to the site", now, ct);
        var command = AtSite.InstanceAtSite.Command(instance, SiteOperation.Update, added);
        await commands.Enqueue(
            command with
            {
                Arguments = JsonSerializer.Serialize(new AtSite.UpdateArguments(instance.Revision + 1)),
                After = [.. command.After, .. AtSite.InstanceAtSite.ImageOf(boot)],
            },
            ct);
    }

    private static void RequireAutoNetworkAllowed(UpdateInstance request, bool autoNetwork, VpcRef vpc)
    {
        if (!autoNetwork)
        {
            return;
        }

        if (vpc.NetworkVirtualizationType != NetworkVirtualizationType.FLAT)
        {
            throw Problem.Invalid("autoNetwork", $"VPC {vpc.Id} is not FLAT");
        }

        if (request.Interfaces is { Count: > 0 })
        {
            throw Problem.Invalid("interfaces", "do not go with autoNetwork");
        }
    }

    /// <summary>What the instance boots from now on. Source: spec/30-instance.md, section 3.10, "Merging on PATCH".</summary>
    private async Task<BootPlan> Boot(UpdateInstance request, Instance instance, CancellationToken ct)
    {
        var named = string.IsNullOrEmpty(request.OperatingSystemId)
            ? null
            : Guid.Parse(request.OperatingSystemId) is var wanted && wanted == instance.OperatingSystemId
            ? await rows.HoldOperatingSystem(wanted, instance.TenantId, ct)
            : await rows.HoldBootable(wanted, instance.TenantId, instance.SiteId, ct);

        var isTakenAway = request.OperatingSystemId is "";
        var kept = !isTakenAway && named is null && instance.OperatingSystemId is { } id ? await rows.HoldOperatingSystem(id, instance.TenantId, ct) : null;
        var system = named ?? kept;
        if (system is not null)
        {
            BootPlan.RequireOverride(system, request.UserData);
            BootPlan.RequireNoScript(system, request.IpxeScript, request.AlwaysBootWithCustomIpxe);
        }

        var plan = new BootPlan
        {
            OperatingSystemId = isTakenAway ? null : named?.Id ?? instance.OperatingSystemId,
            IpxeScript = request.IpxeScript ?? (isTakenAway ? null : texts.Open(named is not null ? named.IpxeScript : instance.IpxeScript)),
            UserData = request.UserData ?? (isTakenAway ? "" : texts.Open(named is not null ? named.UserData : instance.UserData)),
            PhoneHomeEnabled = request.PhoneHomeEnabled ?? (isTakenAway ? false : named?.PhoneHomeEnabled ?? instance.PhoneHomeEnabled),
            AlwaysBootWithCustomIpxe = request.AlwaysBootWithCustomIpxe ?? instance.AlwaysBootWithCustomIpxe,
        }.Checked(system);
        return request.PhoneHomeEnabled is not null || request.UserData is not null || request.OperatingSystemId is not null
            ? plan.WithPhoneHome(phoneHome)
            : plan;
    }
}
