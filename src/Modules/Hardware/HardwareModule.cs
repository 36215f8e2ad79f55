using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines;
using Nico.Hardware.Machines.AtSite;
using Nico.Hardware.Sites;
using Nico.Hardware.Sites.Configured;
using Nico.Hardware.Sites.DeleteSite;
using Nico.Hardware.Sites.Liveness;
using Nico.Hardware.Sites.Pairing;
using Nico.Hardware.Sites.Tenants;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;
using Nico.SiteLink;
using Nico.SiteLink.Resources;

namespace Nico.Hardware;

/// <summary>What providers own: sites and their machines.</summary>
public static class HardwareModule
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Nico.Hardware";

    /// <summary>The status history of sites.</summary>
    internal static StatusHistory SiteHistory { get; } = new("hardware", "site");

    /// <summary>The status history of machines.</summary>
    internal static StatusHistory MachineHistory { get; } = new("hardware", "machine");

    /// <summary>Registers what other modules and the Host may ask of this module, and the watch over sites.</summary>
    public static IServiceCollection AddHardware(this IServiceCollection services)
    {
        DapperTypes.Register();
        DapperTypes.RegisterJson<SiteLocation>();
        DapperTypes.RegisterJson<SiteContact>();
        DapperTypes.RegisterJson<MachineHealth>();
        DapperTypes.RegisterRows<MachineCapability>();
        DapperTypes.RegisterRows<MachineInterface>();
        DapperTypes.RegisterStoredJson<MachineMetadata>();
        services.AddOptions<HardwareOptions>().BindConfiguration("Hardware");
        return services
            .AddSingleton<IRetained>(new RetainedStatusHistory("hardware"))
            .AddScoped<ISites, Sites.Sites>()
            .AddScoped<IMachines, Machines.Machines>()
            .AddScoped<IFreeMachines, Machines.Free.FreeMachines>()
            .AddScoped<Machines.InstanceTypes.InstanceTypeOrders>()
            .AddScoped<Machines.InstanceTypes.InstanceTypeMachines>()
            .AddScoped<IInstanceTypeMachines>(services => services.GetRequiredService<Machines.InstanceTypes.InstanceTypeMachines>())
            .AddScoped<IMachineCounts, Machines.Counts.MachineCounts>()
            .AddScoped<IConfiguredSites, ConfiguredSites>()
            .AddScoped<SiteHeartbeat>()
            .AddScoped<MachineResponses>()
            .AddScoped<SeenSite>()
            .AddScoped<ISiteLeftovers, HardwareOfSite>()
            .AddSiteCommand<CreateTenantAtSite>(SiteTenant.Kind, SiteOperation.Create)
            .AddSiteCommand<UpdateTenantAtSite>(SiteTenant.Kind, SiteOperation.Update)
            .AddSiteCommand<AssociateAtSite>(MachineAtSite.InstanceType, SiteOperation.Update)
            .AddSiteCommand<ClearInstanceTypeAtSite>(MachineAtSite.InstanceType, SiteOperation.Delete)
            .AddSiteCommand<AssociateAtSite>(MachineAtSite.InstanceTypes, SiteOperation.Update)
            .AddSiteCommand<LabelMachineAtSite>(MachineAtSite.Labels, SiteOperation.Update)
            .AddSiteCommand<MaintainMachineAtSite>(MachineAtSite.Maintenance, SiteOperation.Update)
            .AddSiteCommand<BeginOnlineRepairAtSite>(MachineAtSite.OnlineRepair, SiteOperation.Create)
            .AddSiteCommand<EndOnlineRepairAtSite>(MachineAtSite.OnlineRepair, SiteOperation.Delete)
            .AddSingleton(RegistrationTokens.Column)
            .AddSingleton<RegistrationTokens>()
            .AddSingleton<PairingMeasures>()
            .AddSingleton<SiteRemoval>()
            .AddHostedService(provider => provider.GetRequiredService<SiteRemoval>())
            .AddScoped<VisibleMachines>()
            .AddHostedService<SiteSilenceMonitor>();
    }
}
