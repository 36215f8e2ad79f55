using MediatR;

namespace Nico.Compute.Contracts;

/// <summary>A tenant was given something at a site; published in the transaction that does it.</summary>
public sealed record AllocationCreated(Guid AllocationId, Guid TenantId, Guid SiteId) : INotification;

/// <summary>An allocation of a tenant at a site has ended; published in the transaction that ends it.</summary>
public sealed record AllocationDeleted(Guid AllocationId, Guid TenantId, Guid SiteId) : INotification;
