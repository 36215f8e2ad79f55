using Microsoft.Extensions.DependencyInjection;
using Nico.Compute.Allocations;
using Nico.Compute.Contracts;
using Nico.Compute.Instances;
using Nico.Compute.Instances.AtSite;
using Nico.Compute.InstanceTypes;
using Nico.Compute.InstanceTypes.AtSite;
using Nico.Compute.InstanceTypes.Quotas;
using Nico.Compute.OfDeletedSites;
using Nico.Compute.OperatingSystems;
using Nico.Compute.OperatingSystems.AtSite;
using Nico.Compute.UserData;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;
using Nico.SiteLink;
using Nico.SiteLink.Resources;

namespace Nico.Compute;

/// <summary>What tenants are given and what they run: instance types, allocations, operating systems and instances.</summary>
public static class ComputeModule
{
    /// <summary>The status history of allocations.</summary>
    internal static StatusHistory AllocationHistory { get; } = new("compute", "allocation");

    /// <summary>The status history of operating systems.</summary>
    internal static StatusHistory OperatingSystemHistory { get; } = new("compute", "operating-system");

    /// <summary>The status history of instance types.</summary>
    internal static StatusHistory InstanceTypeHistory { get; } = new("compute", ComputeKinds.InstanceType);

    /// <summary>The status history of instances.</summary>
    internal static StatusHistory InstanceHistory { get; } = new("compute", ComputeKinds.Instance);

    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddCompute(this IServiceCollection services)
    {
        DapperTypes.Register();
        DapperTypes.RegisterJson<InstanceUndo>();
        DapperTypes.RegisterRows<InterfaceRow>();
        DapperTypes.RegisterRows<OperatingSystemSite>();
        DapperTypes.RegisterJson<InstanceTypeCapabilities>();
        services.AddOptions<PhoneHomeOptions>()
            .BindConfiguration("PhoneHome")
            .Validate(options => Uri.TryCreate(options.Url, UriKind.Absolute, out _), "PhoneHome:Url must be a URL")
            .ValidateOnStart();
        DapperTypes.Register(new BootText.Column());
        foreach (var column in BootTexts.Columns)
        {
            services.AddSingleton(column);
        }

        return services
            .AddSingleton<IRetained>(new RetainedStatusHistory("compute"))
            .AddScoped<PhoneHome>()
            .AddSingleton<BootTexts>()
            .AddSingleton<ImageToken>()
            .AddSingleton(ImageToken.Column)
            .AddSingleton(ImageToken.ReplacedColumn)
            .AddScoped<OperatingSystemRows>()
            .AddScoped<OsImageAtSite>()
            .AddScoped<AllocationAnswers>()
            .AddScoped<AllocationRows>()
            .AddScoped<InstanceTypeRows>()
            .AddScoped<InstanceTypeAnswers>()
            .AddScoped<TenantQuotas>()
            .AddScoped<Capacities>()
            .AddScoped<IInstanceTypes, InstanceTypes.Use.InstanceTypes>()
            .AddScoped<OperatingSystemAnswers>()
            .AddScoped<InstanceAnswers>()
            .AddScoped<InstanceRows>()
            .AddScoped<NewInstances>()
            .AddScoped<Instances.Types.Quota>()
            .AddScoped<Instances.Types.Devices>()
            .AddScoped<InstanceAtSite>()
            .AddSiteResource<InstanceTypeAtSite, InstanceType, SiteProtocol.Forge.InstanceType>(ComputeKinds.InstanceType)
            .AddSiteCommand<CreateOsImageAtSite>(OsImageAtSite.Kind, SiteOperation.Create)
            .AddSiteCommand<UpdateOsImageAtSite>(OsImageAtSite.Kind, SiteOperation.Update)
            .AddSiteCommand<DeleteOsImageAtSite>(OsImageAtSite.Kind, SiteOperation.Delete)
            .AddSiteCommand<CreateBatchAtSite>(InstanceAtSite.Batch, SiteOperation.Create)
            .AddSiteCommand<CreateInstanceAtSite>(ComputeKinds.Instance, SiteOperation.Create)
            .AddSiteCommand<UpdateInstanceAtSite>(ComputeKinds.Instance, SiteOperation.Update)
            .AddSiteCommand<RebootInstanceAtSite>(ComputeKinds.Instance, SiteOperation.Reboot)
            .AddSiteCommand<DeleteInstanceAtSite>(ComputeKinds.Instance, SiteOperation.Delete)
            .AddScoped<ISiteLeftovers, ComputeOfSite>()
            .AddScoped<IInstanceRepairs, Instances.Repair.InstanceRepairs>()
            .AddScoped<IAllocationCounts, Allocations.Counts.AllocationCounts>()
            .AddScoped<IInstanceCounts, Instances.Counts.InstanceCounts>()
            .AddScoped<IInstances, Instances.Use.Instances>();
    }
}
