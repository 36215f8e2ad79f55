using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Identity.OfDeletedSites;
using Nico.Identity.Organizations;
using Nico.Identity.TenantAccounts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Retention;

namespace Nico.Identity;

/// <summary>Who calls, and for which org: users, providers, tenants and their accounts.</summary>
public static class IdentityModule
{
    /// <summary>The status history of tenant accounts.</summary>
    internal static StatusHistory TenantAccountHistory { get; } = new("identity", "tenant-account");

    /// <summary>Registers what other modules and the Host may ask of this module.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        DapperTypes.Register();
        DapperTypes.RegisterJson<PrivilegedSites>();
        return services
            .AddSingleton<IRetained>(new RetainedStatusHistory("identity"))
            .AddKeyedSingleton<OrganizationIds>(OrganizationIds.Tenants)
            .AddKeyedSingleton<OrganizationIds>(OrganizationIds.Providers)
            .AddScoped<ActingAs>()
            .AddScoped<TenantAccountAnswers>()
            .AddScoped<ISiteLeftovers, SwitchesOfSite>()
            .AddScoped<IOrganizations, Organizations.Organizations>()
            .AddScoped<IUsers, Users.Users>();
    }
}
