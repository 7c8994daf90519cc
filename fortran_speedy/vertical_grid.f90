!> The vertical coordinate sigma = p / p_s (spec 16, section 2). Level 1 is the top.
module vertical_grid
    use formulation, only: formulation_switches
    use kinds, only: dp
    implicit none
    private
    public :: vertical_layers, new_vertical_layers, speedy_layers

    !> Layers of the original.
    integer, parameter, public :: speedy_levels = 8

    !> Layers, their boundaries and interpolation weights.
    type :: vertical_layers
        integer :: levels = 0
        real(dp), allocatable :: half_level_sigma(:)    ! levels + 1; entry k + 1 is the lower boundary of level k
        real(dp), allocatable :: full_level_sigma(:)    ! levels
        real(dp), allocatable :: sigma_thickness(:)     ! levels
        !> X at the lower boundary of level k is X(k) + weight(k)*(X(k + 1) - X(k)); the last one
        !> extrapolates to the surface, X(n) + weight(n)*(X(n) - X(n - 1)).
        real(dp), allocatable :: half_level_weight(:)   ! levels
    end type vertical_layers

contains

    !> Layers between the given boundaries, which increase from 0 to 1.
    pure function new_vertical_layers(half_level_sigma, log_near_surface_sigma) result(grid)
        real(dp), intent(in) :: half_level_sigma(:)
        real(dp), intent(in) :: log_near_surface_sigma
        type(vertical_layers) :: grid
        real(dp), allocatable :: log_full(:), inverse_step(:)
        integer :: n

        n = size(half_level_sigma) - 1
        grid%levels = n
        allocate (grid%half_level_sigma, source=half_level_sigma)
        allocate (grid%full_level_sigma, source=0.5_dp*(half_level_sigma(:n) + half_level_sigma(2:)))
        allocate (grid%sigma_thickness, source=half_level_sigma(2:) - half_level_sigma(:n))
        allocate (log_full, source=log(grid%full_level_sigma))
        allocate (inverse_step, source=1.0_dp/(log_full(2:) - log_full(:n - 1)))
        allocate (grid%half_level_weight(n))
        grid%half_level_weight(:n - 1) = (log(half_level_sigma(2:n)) - log_full(:n - 1))*inverse_step
        grid%half_level_weight(n) = (log_near_surface_sigma - log_full(n))*inverse_step(n - 1)
    end function new_vertical_layers

    !> The layers of the original.
    pure function speedy_layers(formulation) result(grid)
        type(formulation_switches), intent(in) :: formulation
        type(vertical_layers) :: grid

        if (formulation%single_precision_constants) then
            grid = new_vertical_layers(real([0.0, 0.05, 0.14, 0.26, 0.42, 0.6, 0.77, 0.9, 1.0], dp), real(log(0.99), dp))
        else
            grid = new_vertical_layers([0.0_dp, 0.05_dp, 0.14_dp, 0.26_dp, 0.42_dp, 0.6_dp, 0.77_dp, 0.9_dp, 1.0_dp], &
                log(0.99_dp))
        end if
    end function speedy_layers

end module vertical_grid
