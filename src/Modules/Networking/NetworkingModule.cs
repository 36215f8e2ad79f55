using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.Networking.IpBlocks;
using Nico.Networking.IpBlocks.Grants;
using Nico.Networking.Networks;
using Nico.Networking.OfDeletedSites;
using Nico.Networking.Subnets;
using Nico.Networking.Subnets.AtSite;
using Nico.Networking.VpcPrefixes;
using Nico.Networking.VpcPrefixes.AtSite;
using Nico.Networking.Vpcs;
using Nico.Networking.Vpcs.AtSite;
using Nico.Networking.Vpcs.UpdateVpcVirtualization;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;
using Nico.SiteLink;
using Nico.SiteLink.Resources;

namespace Nico.Networking;

/// <summary>Addresses and networks: IP blocks, VPCs, VPC prefixes and subnets.</summary>
public static class NetworkingModule
{
    /// <summary>The status history of IP blocks.</summary>
    internal static StatusHistory IpBlockHistory { get; } = History(IpBlock.Kind);

    /// <summary>The status history of VPCs.</summary>
    internal static StatusHistory VpcHistory { get; } = History(NetworkingKinds.Vpc);

    /// <summary>The status history of VPC prefixes.</summary>
    internal static StatusHistory VpcPrefixHistory { get; } = History(NetworkingKinds.VpcPrefix);

    /// <summary>The status history of subnets.</summary>
    internal static StatusHistory SubnetHistory { get; } = History(NetworkingKinds.Subnet);

    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddNetworking(this IServiceCollection services)
    {
        DapperTypes.Register();
        return services
            .AddSingleton<IRetained>(new RetainedStatusHistory("networking"))
            .AddScoped<Carver>()
            .AddScoped<IpBlockAnswers>()
            .AddScoped<IpBlockRows>()
            .AddScoped<VpcRows>()
            .AddScoped<VpcPrefixRows>()
            .AddScoped<SubnetRows>()
            .AddScoped<VpcAnswers>()
            .AddScoped<VpcVirtualization>()
            .AddScoped<VpcPrefixAnswers>()
            .AddScoped<SubnetAnswers>()
            .AddScoped<TenantNetworks>()
            .AddScoped<AdoptedNetworks>()
            .AddSiteResource<VpcAtSite, Vpc, SiteProtocol.Forge.Vpc>(NetworkingKinds.Vpc)
            .AddSiteResource<VpcPrefixAtSite, VpcPrefix, SiteProtocol.Forge.VpcPrefix>(NetworkingKinds.VpcPrefix)
            .AddSiteResource<SubnetAtSite, Subnet, SiteProtocol.Forge.NetworkSegment>(NetworkingKinds.Subnet)
            .AddSiteCommand<UpdateVpcVirtualizationAtSite>(NetworkingKinds.VpcVirtualization, SiteOperation.Update)
            .AddScoped<ISiteLeftovers, NetworkingOfSite>()
            .AddScoped<INetworkCounts, Counts.NetworkCounts>()
            .AddScoped<INetworks, Networks.Networks>()
            .AddScoped<IIpBlockGrants, IpBlockGrants>();
    }

    /// <summary>The status history of one kind of this module.</summary>
    internal static StatusHistory History(string kind) => new("networking", kind);
}
