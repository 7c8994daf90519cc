!> Legendre synthesis and analysis with hemispheric parity (spec 30, sections 5 and 6).
!>
!> Sums over even and odd n are taken apart: their sum is the northern row, their difference the southern one.
!> Fourier coefficients are (row, real and imaginary part, m), rows from the pole to the equator.
module legendre_transform
    use fourier_transform, only: rows
    use gaussian_latitudes, only: truncation
    use kinds, only: dp
    implicit none
    private
    public :: parity_table, legendre_synthesis, legendre_analysis

    !> Values of n of one parity, a multiple of the four that are summed at a time.
    integer, parameter, public :: parity_terms = 16

contains

    !> Functions (m, n, row) as (row, i, parity, m) with n = 2 (i - 1) + parity.
    pure function parity_table(functions) result(table)
        real(dp), intent(in) :: functions(0:, 0:, :)
        real(dp) :: table(rows, parity_terms, 0:1, 0:truncation)
        integer :: m, n

        do n = 0, truncation + 1
            do m = 0, truncation
                table(:, n/2 + 1, mod(n, 2), m) = functions(m, n, :)
            end do
        end do
    end function parity_table

    !> Fourier coefficients of both hemispheres, times a scale for each row; coefficients with l > 31 are ignored.
    pure subroutine legendre_synthesis(legendre, spectral, scale, north, south)
        real(dp), intent(in) :: legendre(rows, parity_terms, 0:1, 0:truncation)
        complex(dp), intent(in) :: spectral(0:truncation, 0:truncation + 1)     ! (m, n)
        real(dp), intent(in) :: scale(rows)
        real(dp), dimension(rows, 2, 0:truncation), intent(out) :: north, south
        real(dp) :: sums(rows, 2, 0:1)          ! (, real and imaginary part, parity)
        real(dp) :: a(2, parity_terms)
        integer :: m, parity, terms, i, part, row

        do m = 0, truncation
            do parity = 0, 1
                terms = (truncation + 1 - m - parity)/2 + 1
                do i = 1, terms
                    a(1, i) = real(spectral(m, 2*(i - 1) + parity), dp)
                    a(2, i) = aimag(spectral(m, 2*(i - 1) + parity))
                end do
                a(:, terms + 1:) = 0.0_dp
                sums(:, :, parity) = 0.0_dp
                do i = 1, terms, 4
                    associate (p1 => legendre(:, i, parity, m), p2 => legendre(:, i + 1, parity, m), &
                            p3 => legendre(:, i + 2, parity, m), p4 => legendre(:, i + 3, parity, m))
                        do row = 1, rows
                            sums(row, 1, parity) = sums(row, 1, parity) + ((a(1, i)*p1(row) + a(1, i + 1)*p2(row)) &
                                + (a(1, i + 2)*p3(row) + a(1, i + 3)*p4(row)))
                            sums(row, 2, parity) = sums(row, 2, parity) + ((a(2, i)*p1(row) + a(2, i + 1)*p2(row)) &
                                + (a(2, i + 2)*p3(row) + a(2, i + 3)*p4(row)))
                        end do
                    end associate
                end do
            end do
            do part = 1, 2
                do row = 1, rows
                    north(row, part, m) = scale(row)*(sums(row, part, 0) + sums(row, part, 1))
                    south(row, part, m) = scale(row)*(sums(row, part, 0) - sums(row, part, 1))
                end do
            end do
        end do
    end subroutine legendre_synthesis

    !> Coefficients for l <= 31 without (m = 0, l = 31), zero elsewhere; the weight of each row belongs to both
    !> hemispheres.
    pure subroutine legendre_analysis(legendre, north, south, weight, spectral)
        real(dp), intent(in) :: legendre(rows, parity_terms, 0:1, 0:truncation)
        real(dp), dimension(rows, 2, 0:truncation), intent(in) :: north, south
        real(dp), intent(in) :: weight(rows)
        complex(dp), intent(out) :: spectral(0:truncation, 0:truncation + 1)    ! (m, n)
        real(dp) :: weighted(rows, 2, 0:1)      ! (, real and imaginary part, parity)
        real(dp) :: x(2), y(2)
        integer :: m, parity, i, part, row

        spectral = (0.0_dp, 0.0_dp)
        do m = 0, truncation
            do part = 1, 2
                do row = 1, rows
                    weighted(row, part, 0) = weight(row)*(north(row, part, m) + south(row, part, m))
                    weighted(row, part, 1) = weight(row)*(north(row, part, m) - south(row, part, m))
                end do
            end do
            do parity = 0, 1
                do i = 1, (min(truncation, truncation + 1 - m) - parity)/2 + 1
                    ! Two partial sums each, so that two rows are added at a time.
                    x = 0.0_dp
                    y = 0.0_dp
                    do row = 1, rows, 2
                        x(1) = x(1) + weighted(row, 1, parity)*legendre(row, i, parity, m)
                        x(2) = x(2) + weighted(row + 1, 1, parity)*legendre(row + 1, i, parity, m)
                        y(1) = y(1) + weighted(row, 2, parity)*legendre(row, i, parity, m)
                        y(2) = y(2) + weighted(row + 1, 2, parity)*legendre(row + 1, i, parity, m)
                    end do
                    spectral(m, 2*(i - 1) + parity) = cmplx(x(1) + x(2), y(1) + y(2), dp)
                end do
            end do
        end do
    end subroutine legendre_analysis

end module legendre_transform
